//! Escapes of JSON strings, both ways.

use std::fmt::Write as _;

/// What a backslash and the characters after it are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// One character.
    Whole(char),
    /// The beginning of an escape.
    Beginning,
    /// No escape.
    Invalid,
}

impl Escape {
    /// Reads `text`, which begins with a backslash. Each half of a character outside of the first plane is read as one
    /// that can't be shown: neither a placeholder nor what may lie inside of one needs it.
    pub(super) fn read(text: &str) -> Self {
        let mut characters = text.chars().skip(1);
        let Some(kind) = characters.next() else { return Self::Beginning };
        let simple = match kind {
            '"' | '\\' | '/' => kind,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return Self::unicode(text.get(2..).unwrap_or_default()),
            _ => return Self::Invalid,
        };
        Self::Whole(simple)
    }

    fn unicode(digits: &str) -> Self {
        if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Self::Invalid;
        }
        match (digits.len(), u32::from_str_radix(digits, 16)) {
            (0..4, _) => Self::Beginning,
            (4, Ok(number)) => Self::Whole(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)),
            _ => Self::Invalid,
        }
    }
}

/// A value as it stands in a string of JSON, `depth` strings deep.
pub(super) fn escaped(value: &str, depth: usize) -> String {
    let mut text = value.to_owned();
    for _ in 0..depth {
        let mut once = String::with_capacity(text.len() + 8);
        write_escaped(&text, &mut once);
        text = once;
    }
    text
}

/// Writes a value as it stands in a string of JSON.
pub(crate) fn write_escaped(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                // Writing to a string can't fail.
                write!(out, "\\u{:04x}", u32::from(control)).ok();
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_escape_and_says_when_it_is_not_whole() {
        assert_eq!(Escape::read("\\n"), Escape::Whole('\n'));
        assert_eq!(Escape::read("\\u005a"), Escape::Whole('Z'));
        assert_eq!(Escape::read("\\ud83d"), Escape::Whole(char::REPLACEMENT_CHARACTER));
        for beginning in ["\\", "\\u", "\\u0", "\\u00", "\\u005"] {
            assert_eq!(Escape::read(beginning), Escape::Beginning);
        }
        for invalid in ["\\q", "\\ux", "\\u00g", "\\u00é"] {
            assert_eq!(Escape::read(invalid), Escape::Invalid);
        }
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_as_it_was(value in any::<String>()) {
            let one = format!("\"{}\"", escaped(&value, 1));
            prop_assert_eq!(serde_json::from_str::<String>(&one).unwrap(), value.clone());
            let two = format!("\"{}\"", escaped(&value, 2));
            prop_assert_eq!(serde_json::from_str::<String>(&two).unwrap(), escaped(&value, 1));
        }
    }
}
