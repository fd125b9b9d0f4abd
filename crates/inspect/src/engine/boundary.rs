//! What stands beside a match. A token in the middle of a longer word is none; a token behind an escape such as `\n` or
//! `%3D` is, though a letter or digit stands before it.

use portcullis_patterns::Boundary;

/// Whether a byte would make one word of a match and itself.
pub(crate) fn is_word(byte: u8, boundary: Boundary) -> bool {
    match boundary {
        Boundary::None => false,
        Boundary::Word => byte.is_ascii_alphanumeric() || byte == b'_',
        Boundary::Dash => byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-',
    }
}

/// Whether a match may start at `at`.
pub(crate) fn may_start(text: &[u8], at: usize, boundary: Boundary) -> bool {
    let before = text.get(at.saturating_sub(6)..at).unwrap_or_default();
    match before.last() {
        Some(byte) if is_word(*byte, boundary) => ends_in_escape(before),
        Some(_) | None => true,
    }
}

/// Whether a match may end at `at`.
pub(crate) fn may_end(text: &[u8], at: usize, boundary: Boundary) -> bool {
    !text.get(at).is_some_and(|byte| is_word(*byte, boundary))
}

/// `\n`, `\t`, `\x20`, `\u0020`, `%20`, and colours such as `ESC [31m`.
fn ends_in_escape(before: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] if hex(&[*a, *b]) => true,
        [.., b'\\', b'u', a, b, c, d] if hex(&[*a, *b, *c, *d]) => true,
        [.., b'[' | b';' | b'0'..=b'9', b'0'..=b'9', b'm'] => before.iter().any(|byte| *byte == 0x1b || *byte == b'['),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_is_no_part_of_a_word() {
        for text in ["a = tok", "\\ntok", "\\u0020tok", "%3Dtok", "\\x1btok", "\x1b[31mtok", "tok"] {
            assert!(may_start(text.as_bytes(), text.len() - 3, Boundary::Word), "{text:?}");
        }
        for text in ["atok", "_tok", "9tok", "3Dtok", "ntok"] {
            assert!(!may_start(text.as_bytes(), text.len() - 3, Boundary::Word), "{text:?}");
        }
        assert!(may_start(b"-tok", 1, Boundary::Word) && !may_start(b"-tok", 1, Boundary::Dash));
        assert!(may_start(b"atok", 1, Boundary::None));
    }
}
