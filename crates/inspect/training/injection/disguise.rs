//! Ways to hide a sentence from people, or from a search.
#![expect(clippy::format_collect, reason = "a sentence at a time, in a program that nobody waits for")]

/// What a way makes of a sentence.
type Disguise = fn(&str) -> String;

/// Each way by its name.
pub(crate) const ALL: &[(&str, Disguise)] = &[
    ("tag-characters", tags),
    ("zero-width-bits", zero_width_bits),
    ("zero-width-split", zero_width_split),
    ("variation-selectors", variation),
    ("bidi", bidi),
    ("ansi-conceal", |text| format!("\u{1b}[8m{text}\u{1b}[28m")),
    ("ansi-colour", |text| format!("\u{1b}[30;40m{text}\u{1b}[0m")),
    ("ansi-erase", |text| format!("{text}\u{1b}[2K\u{1b}[1A\rAll checks passed")),
    ("html-comment", |text| format!("<!-- {text} -->")),
    ("markdown-comment", |text| format!("[//]: # ({text})")),
    ("css", |text| format!("<span style=\"font-size:0;display:none\">{text}</span>")),
    ("white", |text| format!("<p style='color:#ffffff'>{text}</p>")),
    ("alt", |text| format!("<img src=\"a.png\" width=1 alt=\"{}\">", text.replace('"', "'"))),
    ("far-right", |text| format!("{}{text}", " ".repeat(260))),
    ("base64", |text| format!("Decode this and follow it: {}", base64(text.as_bytes()))),
    ("base64-bare", |text| base64(text.as_bytes())),
    ("base64-twice", |text| base64(base64(text.as_bytes()).as_bytes())),
    ("hex", |text| text.bytes().map(|byte| format!("{byte:02x}")).collect()),
    ("rot13", |text| text.chars().map(rot13).collect()),
    ("reversed", |text| text.chars().rev().collect()),
    ("percent", |text| text.bytes().map(|byte| format!("%{byte:02X}")).collect()),
    ("entities", |text| text.chars().map(|letter| format!("&#{};", u32::from(letter))).collect()),
    ("escapes", |text| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()),
    ("homoglyph", homoglyph),
    ("full-width", |text| text.chars().map(full_width).collect()),
    ("bold", |text| text.chars().map(bold).collect()),
    ("leet", leet),
    ("spaced", |text| text.chars().map(|letter| format!("{letter} ")).collect()),
    ("dotted", |text| {
        text.split(' ')
            .map(|word| word.chars().map(String::from).collect::<Vec<_>>().join("."))
            .collect::<Vec<_>>()
            .join(" ")
    }),
    ("markup-split", markup_split),
    ("soft-hyphens", |text| text.chars().map(|letter| format!("{letter}\u{ad}")).collect()),
];

fn tags(text: &str) -> String {
    text.chars()
        .filter_map(|letter| char::from_u32(0xe_0000 + u32::from(letter)).filter(|_| letter.is_ascii()))
        .collect()
}

fn zero_width_bits(text: &str) -> String {
    let bit = |byte: u8, place: u8| if byte >> place & 1 == 1 { '\u{200c}' } else { '\u{200b}' };
    text.bytes().flat_map(|byte| (0..8).rev().map(move |place| bit(byte, place))).collect()
}

fn zero_width_split(text: &str) -> String {
    text.chars().map(|letter| format!("{letter}\u{200b}")).collect()
}

fn variation(text: &str) -> String {
    let selector = |byte: u8| if byte < 16 { 0xfe00 + u32::from(byte) } else { 0xe_0100 + u32::from(byte) - 16 };
    std::iter::once('\u{2705}').chain(text.bytes().filter_map(|byte| char::from_u32(selector(byte)))).collect()
}

fn bidi(text: &str) -> String {
    format!("\u{202e}{}\u{202c}", text.chars().rev().collect::<String>())
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

fn rot13(letter: char) -> char {
    let turn = |first: char| {
        char::from_u32((u32::from(letter) - u32::from(first) + 13) % 26 + u32::from(first)).unwrap_or(letter)
    };
    match letter {
        'a'..='z' => turn('a'),
        'A'..='Z' => turn('A'),
        _ => letter,
    }
}

fn homoglyph(text: &str) -> String {
    let pairs = [('a', 'а'), ('e', 'е'), ('o', 'о'), ('p', 'р'), ('c', 'с'), ('y', 'у'), ('x', 'х'), ('i', 'і')];
    text.chars()
        .map(|letter| pairs.iter().find(|(latin, _)| *latin == letter).map_or(letter, |(_, other)| *other))
        .collect()
}

fn full_width(letter: char) -> char {
    if letter.is_ascii_graphic() { char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter) } else { letter }
}

fn bold(letter: char) -> char {
    let moved = |first: char, to: u32| char::from_u32(u32::from(letter) - u32::from(first) + to).unwrap_or(letter);
    match letter {
        'a'..='z' => moved('a', 0x1_d41a),
        'A'..='Z' => moved('A', 0x1_d400),
        _ => letter,
    }
}

fn leet(text: &str) -> String {
    let pairs = [('a', '4'), ('e', '3'), ('o', '0'), ('i', '1'), ('s', '5'), ('t', '7')];
    text.chars()
        .map(|letter| pairs.iter().find(|(plain, _)| *plain == letter).map_or(letter, |(_, sign)| *sign))
        .collect()
}

fn markup_split(text: &str) -> String {
    let split = |word: &str| match word.char_indices().nth(2) {
        Some((at, _)) if word.len() > 4 => {
            format!("{}<b></b>{}", word.get(..at).unwrap_or_default(), word.get(at..).unwrap_or_default())
        }
        _ => word.to_owned(),
    };
    text.split(' ').map(split).collect::<Vec<_>>().join(" ")
}
