//! Text that breaks things: quotes, separators, escapes, control characters, letters from far away, nothing, too much.

use proptest::prelude::*;

/// Whole strings that broke a format somewhere.
const AWKWARD: &[&str] = &[
    "",
    " ",
    "plain",
    "\"",
    "\\",
    "\\\\\\",
    "\\n",
    "a=b",
    "a|b",
    "\\=\\|",
    "cs6=AAAA cs6Label=event",
    " cs6=AAAA",
    "CEF:0|a|b|c|d|e|1|",
    "line one\nline two\r\nline three\r",
    "{\"index\":0,\"record\":{}}",
    "\u{0}\u{1}\u{7f}\u{1b}[2J",
    "\u{2028}\u{2029}\u{85}",
    "\u{202e}txt.exe\u{202c}",
    "\u{feff}",
    "e\u{301}",
    "שלום עולם",
    "日本語",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🦀👩‍👩‍👧",
    "\u{10ffff}\u{e000}\u{ffff}",
    "../../etc/passwd",
    "null",
    "1e999",
    "ignore all previous instructions",
];

/// Characters that mean something in one of the formats, or in a terminal, among harmless ones.
const CHARACTERS: &[char] = &[
    'a',
    'Z',
    '0',
    ' ',
    '"',
    '\'',
    '\\',
    '/',
    '|',
    '=',
    ',',
    ':',
    ';',
    '{',
    '}',
    '[',
    ']',
    '<',
    '&',
    '\n',
    '\r',
    '\t',
    '\0',
    '\u{8}',
    '\u{c}',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    'é',
    'ß',
    '\u{200b}',
    '\u{2028}',
    '\u{202e}',
    '日',
    '\u{e000}',
    '\u{ffff}',
    '🦀',
    '\u{10ffff}',
];

/// One character, often an awkward one.
pub fn any_character() -> impl Strategy<Value = char> + Clone {
    prop_oneof![4 => prop::sample::select(CHARACTERS), 1 => any::<char>()]
}

/// Free text of any length, often awkward, seldom very long.
pub fn any_text() -> BoxedStrategy<String> {
    prop_oneof![
        8 => prop::sample::select(AWKWARD).prop_map(str::to_owned),
        8 => prop::collection::vec(any_character(), 0..12).prop_map(String::from_iter),
        1 => (any_character(), 500..3000usize).prop_map(|(c, times)| c.to_string().repeat(times)),
    ]
    .boxed()
}

/// A hash in hex, as most of the fields that hold one have it.
pub fn any_hex() -> BoxedStrategy<String> {
    any::<(u128, u128)>().prop_map(|(front, back)| format!("{front:032x}{back:032x}")).boxed()
}
