//! Text as it really is. What steers a terminal, turns the reading direction around or is not seen is spelled out, so
//! that two lines that look the same are the same.

use portcullis_event::hidden::is_hidden;
use std::fmt::Write as _;

/// More of a line than this is not shown.
const LONGEST: usize = 400;

/// A line made visible: controls and hidden characters as `\u{…}`, bytes that are no text as `\x…`, a tab as an arrow.
/// What is cut is said.
pub(crate) fn visible(line: &[u8]) -> String {
    let mut text = String::new();
    let mut shown = 0usize;
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            shown += 1;
            if shown > LONGEST {
                continue;
            }
            match c {
                '\t' => text.push_str("→   "),
                '\r' => text.push_str("\\r"),
                c if is_unseen(c) => text.extend(c.escape_unicode()),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            shown += 1;
            if shown <= LONGEST {
                // Writing to a string can't fail.
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    if shown > LONGEST {
        let _ = write!(text, " … and {} more", shown - LONGEST);
    }
    text
}

/// Whether a character is not seen as itself. Blanks that are not the usual one look like it.
fn is_unseen(c: char) -> bool {
    is_hidden(c) || (c.is_whitespace() && c != ' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_lies_to_a_reader_is_spelled_out() {
        assert_eq!(visible(b"a\x1b[2Jb\r"), "a\\u{1b}[2Jb\\r");
        assert_eq!(visible("if admin\u{202e} {".as_bytes()), "if admin\\u{202e} {");
        assert_eq!(visible("a\u{200b}b\u{a0}c\u{3164}".as_bytes()), "a\\u{200b}b\\u{a0}c\\u{3164}");
        assert_eq!(visible(b"\tx\xff"), "→   x\\xff");
        assert_eq!(visible("größer 大きい".as_bytes()), "größer 大きい");
    }

    #[test]
    fn a_line_without_end_is_cut_and_says_so() {
        assert!(visible(&vec![b'x'; 10_000]).ends_with(" … and 9600 more"));
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(line in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(!visible(&line).chars().any(is_hidden));
        }
    }
}
