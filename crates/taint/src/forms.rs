//! The forms that a text can be carried in, undone: percent and escape sequences, hex, base32, base64, backwards, letters turned by
//! thirteen, and two of them one in the other.
//!
//! What comes out need not be text; it is only searched. How much is undone has a limit, and whoever asks hears of it.

/// So much is undone of one text at most, in bytes of what comes out.
const MOST: usize = 1 << 20;

/// The longest text that is undone.
pub(crate) const LONGEST: usize = 1 << 18;

/// One alphabet in which bits are written.
struct Alphabet {
    bits: u32,
    /// Runs of fewer letters than this are words.
    shortest: usize,
    /// After so many letters bits fall together with bytes again.
    period: usize,
    value: fn(u8) -> Option<u32>,
}

const ALPHABETS: [Alphabet; 3] = [
    Alphabet { bits: 4, shortest: 16, period: 2, value: hex },
    Alphabet { bits: 5, shortest: 13, period: 8, value: base32 },
    Alphabet { bits: 6, shortest: 11, period: 4, value: base64 },
];

fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

fn base32(byte: u8) -> Option<u32> {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => Some(u32::from(letter - b'a')),
        digit @ b'2'..=b'7' => Some(u32::from(digit - b'2') + 26),
        _ => None,
    }
}

fn base64(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// A text and everything that it may be the form of; `None` if it is too long for that.
pub(crate) fn of(text: &str) -> Option<Vec<String>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut all = vec![text.to_owned()];
    let mut left = MOST;
    let mut from = 0;
    for _ in 0..2 {
        let until = all.len();
        for number in from..until {
            let Some(text) = all.get(number).cloned() else { break };
            for form in undone(&text) {
                let Some(rest) = left.checked_sub(form.len()) else { return Some(all) };
                left = rest;
                all.push(form);
            }
        }
        from = until;
    }
    Some(all)
}

/// Everything that a text may be the form of, one step back.
fn undone(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(escapes(text));
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    for alphabet in &ALPHABETS {
        runs(if alphabet.bits == 6 { &tight } else { &bare }, alphabet, &mut all);
    }
    if text.len() >= 8 {
        all.push(text.chars().rev().collect());
        all.push(text.chars().map(turned).collect());
    }
    all
}

fn turned(c: char) -> char {
    let turn = |first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        other => other,
    }
}

/// `%41`, `\x41`, `\u0041`, `&#65;`; nothing if there is none of them.
fn escapes(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut out, mut at, mut changed) = (Vec::with_capacity(bytes.len()), 0, false);
    while let Some(byte) = bytes.get(at) {
        let (digits, skip) = match byte {
            b'%' => (2, 1),
            b'\\' if bytes.get(at + 1) == Some(&b'x') => (2, 2),
            b'\\' if bytes.get(at + 1) == Some(&b'u') => (4, 2),
            _ => (0, 0),
        };
        let written = bytes.get(at + skip..at + skip + digits).filter(|it| !it.is_empty());
        let code = written.and_then(|it| u32::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok());
        match code {
            Some(code) if digits == 2 => out.push(u8::try_from(code).unwrap_or(b' ')),
            Some(code) => out.extend(char::from_u32(code).unwrap_or(' ').to_string().bytes()),
            None => {
                out.push(*byte);
                at += 1;
                continue;
            }
        }
        changed = true;
        at += skip + digits;
    }
    changed.then(|| String::from_utf8_lossy(&out).into_owned())
}

/// What the runs of an alphabet's letters say, from each place where a byte may begin.
fn runs(text: &str, alphabet: &Alphabet, all: &mut Vec<String>) {
    for run in text.as_bytes().split(|byte| (alphabet.value)(*byte).is_none()) {
        if run.len() < alphabet.shortest {
            continue;
        }
        for begin in 0..alphabet.period {
            let bytes = bits(run.get(begin..).unwrap_or_default(), alphabet);
            all.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

fn bits(run: &[u8], alphabet: &Alphabet) -> Vec<u8> {
    let (mut held, mut count) = (0_u32, 0);
    let mut out = Vec::with_capacity(run.len());
    for value in run.iter().filter_map(|byte| (alphabet.value)(*byte)) {
        held = held << alphabet.bits | value;
        count += alphabet.bits;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(held >> count & 0xff).unwrap_or(0));
            held &= (1 << count) - 1;
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bits of a text in an alphabet.
    pub(crate) fn written(text: &str, letters: &str, width: u32) -> String {
        let letters: Vec<char> = letters.chars().collect();
        let (mut held, mut count, mut out) = (0_u32, 0, String::new());
        for byte in text.bytes() {
            held = held << 8 | u32::from(byte);
            count += 8;
            while count >= width {
                count -= width;
                out.push(letters[(held >> count) as usize & ((1 << width) - 1)]);
                held &= (1 << count) - 1;
            }
        }
        if count > 0 {
            out.push(letters[((held << (width - count)) as usize) & ((1 << width) - 1)]);
        }
        out
    }

    pub(crate) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    pub(crate) const BASE32: &str = "abcdefghijklmnopqrstuvwxyz234567";
    pub(crate) const HEX: &str = "0123456789abcdef";

    fn finds(text: &str, inner: &str) -> bool {
        of(text).unwrap().iter().any(|form| form.contains(inner))
    }

    #[test]
    fn a_text_is_found_in_each_form_and_in_one_form_within_another() {
        let text = "the blue tiger sleeps at noon";
        let once = [
            written(text, BASE64, 6),
            written(text, BASE32, 5),
            written(text, HEX, 4),
            text.chars().rev().collect(),
            text.chars().map(turned).collect(),
            text.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02X}")),
            text.bytes().fold(String::new(), |out, byte| out + &format!("\\x{byte:02x}")),
            text.bytes().fold(String::new(), |out, byte| out + &format!("\\u{byte:04x}")),
        ];
        for form in &once {
            for around in [form.clone(), format!("x{form}"), format!("https://a.example/?q={form}&r=1")] {
                assert!(finds(&around, "blue tiger sleeps"), "{around}");
            }
            assert!(finds(&written(form, BASE64, 6), "blue tiger sleeps"), "{form}");
        }
    }

    #[test]
    fn letters_of_a_name_are_no_hurdle() {
        let name = written("the blue tiger sleeps at noon", HEX, 4);
        let name: Vec<String> = name.as_bytes().chunks(14).map(|it| String::from_utf8(it.to_vec()).unwrap()).collect();
        assert!(finds(&format!("{}.a.example", name.join(".")), "blue tiger sleeps"));
    }

    proptest! {
        #[test]
        fn any_text_is_gone_through_within_its_bounds(text in ".{0,400}") {
            let all = of(&text).unwrap();
            prop_assert!(all.iter().skip(1).map(String::len).sum::<usize>() <= MOST);
        }
    }

    #[test]
    fn what_is_too_long_is_not_said_to_be_gone_through() {
        assert!(of(&"a".repeat(LONGEST + 1)).is_none());
        assert!(of(&"%41".repeat(LONGEST / 3)).is_some());
    }
}
