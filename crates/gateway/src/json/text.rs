//! What a string says, and where each part of it stands in the source.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

/// A string as a reader understands it.
#[derive(Debug, Clone)]
pub struct Decoded<'a> {
    text: Cow<'a, str>,
    /// Behind each escape: where its character ends in the text, and where it ends in the source.
    escapes: Vec<(usize, usize)>,
    /// How long what each escape says is.
    lengths: Vec<(usize, usize)>,
}

impl<'a> Decoded<'a> {
    /// Decodes what stands between two quotes, which has to be well formed. Half of a pair of surrogates becomes the sign
    /// for what can't be read.
    pub fn of_source(source: &'a str) -> Self {
        if !source.contains('\\') {
            return Self { text: Cow::Borrowed(source), escapes: Vec::new(), lengths: Vec::new() };
        }
        let (mut text, mut escapes, mut lengths) = (String::with_capacity(source.len()), Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(found) = source.get(at..).and_then(|rest| rest.find('\\')) {
            text.push_str(source.get(at..at + found).unwrap_or_default());
            let (character, length) = escape(source.get(at + found..).unwrap_or_default());
            let before = text.len();
            text.push(character);
            at += found + length;
            escapes.push((text.len(), at));
            lengths.push((text.len() - before, length));
        }
        text.push_str(source.get(at..).unwrap_or_default());
        Self { text: Cow::Owned(text), escapes, lengths }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, taken out.
    pub fn into_text(self) -> Cow<'a, str> {
        self.text
    }

    /// Where a part of the text stands in the source. A part that begins or ends within an escape has all of it.
    pub fn in_source(&self, part: Range<usize>) -> Range<usize> {
        self.place(part.start, false)..self.place(part.end, true)
    }

    fn place(&self, at: usize, is_end: bool) -> usize {
        // The first escape that ends behind this place.
        let next = self.escapes.partition_point(|(end, _)| *end <= at);
        let before = next.checked_sub(1).and_then(|it| self.escapes.get(it)).copied().unwrap_or_default();
        let plain = before.1 + (at - before.0);
        match (self.escapes.get(next), self.lengths.get(next)) {
            (Some((end, source_end)), Some((length, source_length))) if at > end - length => {
                if is_end {
                    *source_end
                } else {
                    source_end - source_length
                }
            }
            _ => plain,
        }
    }
}

/// The character that an escape at the front of `source` stands for, and how long the escape is.
fn escape(source: &str) -> (char, usize) {
    let unit = |at: usize| u32::from_str_radix(source.get(at + 2..at + 6)?, 16).ok();
    match source.as_bytes().get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'u') => {
            let high = unit(0).unwrap_or(0xFFFD);
            let low = if source.get(6..8) == Some("\\u") { unit(6) } else { None };
            match (high, low) {
                (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) => {
                    let both = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    (char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
                }
                _ => (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            }
        }
        Some(other) => (char::from(*other), 2),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

/// A text as the source of a string, with its quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..'\u{20}' => {
                // Writing to a string can't fail.
                write!(out, "\\u{:04x}", u32::from(character)).ok();
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_escape_says_what_the_standard_says() {
        for (source, text) in [
            (r"plain", "plain"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9", "Aé"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83d!", "\u{FFFD}!"),
            (r"\ude00\ud83d", "\u{FFFD}\u{FFFD}"),
            (r"\ud83d\u0041", "\u{FFFD}A"),
        ] {
            assert_eq!(Decoded::of_source(source).text(), text, "{source}");
        }
    }

    #[test]
    fn a_part_that_cuts_an_escape_has_all_of_it() {
        let decoded = Decoded::of_source(r"a\u00e9b");
        assert_eq!(decoded.text(), "aéb");
        assert_eq!(decoded.in_source(0..1), 0..1);
        assert_eq!(decoded.in_source(1..3), 1..7);
        assert_eq!(decoded.in_source(2..3), 1..7);
        assert_eq!(decoded.in_source(1..2), 1..7);
        assert_eq!(decoded.in_source(3..4), 7..8);
        assert_eq!(decoded.in_source(0..4), 0..8);
    }

    proptest! {
        #[test]
        fn a_text_comes_back_from_its_source(text in any::<String>()) {
            let source = quoted(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&source).unwrap(), text.clone());
            let source = source[1..source.len() - 1].to_owned();
            let decoded = Decoded::of_source(&source);
            prop_assert_eq!(decoded.text(), text);
        }

        #[test]
        fn every_part_is_found_where_it_stands(text in "[a\"\\\\\n\u{e9}\u{1f600}\u{1}]{0,12}", from in 0..13_usize, length in 0..13_usize) {
            let all = serde_json::to_string(&text).unwrap();
            // Some characters that need no escape have one.
            let all = all.replace('a', "\\u0061").replace('\u{1f600}', "\\ud83d\\ude00");
            let source = &all[1..all.len() - 1];
            let decoded = Decoded::of_source(source);
            prop_assert_eq!(decoded.text(), &text);
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = from.min(ends.len() - 1);
            let to = (from + length).min(ends.len() - 1);
            let part = ends[from]..ends[to];
            let place = decoded.in_source(part.clone());
            let there = Decoded::of_source(&source[place]);
            prop_assert_eq!(there.text(), &text[part]);
        }
    }
}
