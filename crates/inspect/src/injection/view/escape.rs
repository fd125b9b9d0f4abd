//! Escapes of programming languages and JSON, HTML entities, percent encoding.

use super::passage::{Writer, around};
use super::{Undone, View};
use std::ops::Range;

/// How much text around an escape is read together with it.
const AROUND: usize = 700;

/// What an escape stands for, and how many bytes it has.
type Escaped = Option<(char, usize)>;

/// Adds views in which `\n`, `\u0041`, `\x41`, `\101` and `\e` are what they stand for.
pub(crate) fn undo_escapes(view: &View<'_>, views: &mut Vec<View<'static>>) {
    undo(view, Undone::Escape, b'\\', backslash, views);
}

/// Adds views in which HTML entities are what they stand for.
pub(crate) fn undo_entities(view: &View<'_>, views: &mut Vec<View<'static>>) {
    undo(view, Undone::Entity, b'&', entity, views);
}

/// Adds views in which percent encoding is undone.
pub(crate) fn undo_percent(view: &View<'_>, views: &mut Vec<View<'static>>) {
    undo(view, Undone::Percent, b'%', percent, views);
}

fn undo(view: &View<'_>, undone: Undone, sign: u8, read: fn(&[u8]) -> Escaped, views: &mut Vec<View<'static>>) {
    let text = view.text.as_ref();
    let bytes = text.as_bytes();
    let found = memchr::memchr_iter(sign, bytes).filter_map(|at| {
        let (letter, length) = read(bytes.get(at..)?)?;
        // A line end inside a string hides nothing unless a word follows it directly.
        let plain =
            matches!(letter, '\n' | '\r' | '\t') && !bytes.get(at + length).is_some_and(u8::is_ascii_alphabetic);
        (!plain).then_some(at..at + length)
    });
    for passage in around(text, found, AROUND) {
        let writer = write(text, passage, sign, read);
        views.push(view.then(undone, writer.text, writer.pieces));
    }
}

fn write(text: &str, passage: Range<usize>, sign: u8, read: fn(&[u8]) -> Escaped) -> Writer {
    let bytes = text.as_bytes();
    let mut writer = Writer::default();
    let (mut from, mut at) = (passage.start, passage.start);
    while let Some(next) = bytes.get(at..passage.end).and_then(|rest| memchr::memchr(sign, rest)) {
        at += next;
        if let Some((letter, length)) = bytes.get(at..).and_then(read) {
            writer.same(text, from..at);
            writer.instead(letter, at..at + length);
            at += length;
            from = at;
        } else {
            at += 1;
        }
    }
    writer.same(text, from..passage.end.max(from));
    writer
}

/// Reads up to `most` digits as a number.
fn number(bytes: &[u8], radix: u32, most: usize) -> Option<(u32, usize)> {
    let digits = bytes.iter().take(most).map_while(|byte| (*byte as char).to_digit(radix));
    let (value, count) =
        digits.fold((0u32, 0), |(value, count), digit| (value.saturating_mul(radix).saturating_add(digit), count + 1));
    (count > 0).then_some((value, count))
}

fn backslash(bytes: &[u8]) -> Escaped {
    let rest = bytes.get(2..).unwrap_or_default();
    match bytes.get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'e' => Some(('\u{1b}', 2)),
        b'u' if rest.first() == Some(&b'{') => {
            let (value, digits) = number(rest.get(1..)?, 16, 6)?;
            (rest.get(digits + 1) == Some(&b'}')).then_some((char::from_u32(value)?, digits + 4))
        }
        b'u' => utf16(rest),
        b'U' => {
            let (value, digits) = number(rest, 16, 8)?;
            (digits == 8).then_some((char::from_u32(value)?, 10))
        }
        b'x' => {
            let (value, digits) = number(rest, 16, 2)?;
            (digits == 2 && value < 0x80).then_some((char::from_u32(value)?, 4))
        }
        b'0'..=b'3' => {
            let (value, digits) = number(bytes.get(1..)?, 8, 3)?;
            (digits >= 2 && value < 0x80).then_some((char::from_u32(value)?, digits + 1))
        }
        b'"' | b'\'' | b'/' | b'`' => Some((char::from(*bytes.get(1)?), 2)),
        b'\\' => Some(('\\', 2)),
        _ => None,
    }
}

/// Four digits behind `\u`, or two times four for a character outside of the first plane.
fn utf16(rest: &[u8]) -> Escaped {
    let (high, digits) = number(rest, 16, 4)?;
    if digits != 4 {
        return None;
    }
    if let Some(letter) = char::from_u32(high) {
        return Some((letter, 6));
    }
    let second = rest.get(4..).filter(|rest| rest.starts_with(b"\\u")).and_then(|rest| number(rest.get(2..)?, 16, 4));
    let (low, _) = second.filter(|(low, digits)| *digits == 4 && (0xdc00..0xe000).contains(low))?;
    let high = high.checked_sub(0xd800)?;
    char::from_u32(0x1_0000 + (high << 10) + (low - 0xdc00)).map(|letter| (letter, 12))
}

fn entity(bytes: &[u8]) -> Escaped {
    let named = [
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&amp;", '&'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("&nbsp;", ' '),
        ("&shy;", '\u{ad}'),
        ("&zwj;", '\u{200d}'),
        ("&zwnj;", '\u{200c}'),
        ("&NewLine;", '\n'),
        ("&Tab;", '\t'),
        ("&ZeroWidthSpace;", '\u{200b}'),
    ];
    if let Some((name, letter)) = named.iter().find(|(name, _)| bytes.starts_with(name.as_bytes())) {
        return Some((*letter, name.len()));
    }
    let (rest, radix, head) = match bytes {
        [b'&', b'#', b'x' | b'X', rest @ ..] => (rest, 16, 3),
        [b'&', b'#', rest @ ..] => (rest, 10, 2),
        _ => return None,
    };
    let (value, digits) = number(rest, radix, 7)?;
    let semicolon = usize::from(rest.get(digits) == Some(&b';'));
    Some((char::from_u32(value)?, head + digits + semicolon))
}

/// One encoded character. Bytes outside of ASCII belong to longer sequences; those are read together.
fn percent(bytes: &[u8]) -> Escaped {
    let byte = |at: usize| match bytes.get(at..)? {
        [b'%', rest @ ..] => {
            number(rest, 16, 2).filter(|(_, digits)| *digits == 2).and_then(|(value, _)| u8::try_from(value).ok())
        }
        _ => None,
    };
    let first = byte(0)?;
    let length = match first {
        0..0x80 => return Some((char::from(first), 3)),
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    let all: Vec<u8> = (0..length).map_while(|number| byte(3 * number)).collect();
    let letter = std::str::from_utf8(&all).ok()?.chars().next()?;
    Some((letter, 3 * length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(undo: fn(&View<'_>, &mut Vec<View<'static>>), text: &str) -> Vec<String> {
        let mut views = Vec::new();
        undo(&View::original(text), &mut views);
        views.into_iter().map(|view| view.text.into_owned()).collect()
    }

    #[test]
    fn escapes_of_many_languages() {
        let written = r#"\u0041\x42\103\u{44} \U00000045 \ud83d\ude00\nword \e[8m \033[0m \"q\""#;
        assert_eq!(undone(undo_escapes, written), ["ABCD E 😀\nword \u{1b}[8m \u{1b}[0m \"q\""]);
        assert_eq!(undone(undo_escapes, r"C:\windows \d+ \uZZZZ \ud800 \xff \9 \"), Vec::<String>::new());
    }

    #[test]
    fn entities_and_percent_encoding() {
        assert_eq!(undone(undo_entities, "&#73;&#x67;&#110;ore &lt;b&gt; &bogus; &"), ["Ignore <b> &bogus; &"]);
        assert_eq!(undone(undo_percent, "%49gnore%20all %C3%A9 %zz 100%"), ["Ignore all é %zz 100%"]);
    }

    #[test]
    fn a_place_in_the_view_leads_back_to_the_escape() {
        let text = r"say \u0041b now";
        let mut views = Vec::new();
        undo_escapes(&View::original(text), &mut views);
        let view = &views[0];
        assert_eq!(view.text, "say Ab now");
        assert_eq!(text.get(view.raw(4..6)).unwrap(), r"\u0041b");
        assert_eq!(text.get(view.raw(5..10)).unwrap(), "b now");
    }
}
