//! Whether bytes are text. What comes out of a decoder is looked into only if it is, because every run of letters decodes
//! to something.

use std::ops::Range;

/// Shortest run of ASCII in other bytes that counts as text.
pub(super) const SHORTEST: usize = 12;

/// Text characters among the ASCII: what prints, tabs and line ends.
pub(super) const fn is_ascii_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
static ASCII_TEXT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        table[byte as usize] = is_ascii_text(byte);
        byte += 1;
    }
    table
};

fn is_ascii_text_fast(byte: u8) -> bool {
    ASCII_TEXT.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Whether all of it reads as text: valid UTF-8, apart from a character that was cut off at either end, and at most one
/// control character in twenty.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    let whole = bytes.get(head..).unwrap_or_default();
    let valid = match std::str::from_utf8(whole) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    let controls = whole.iter().filter(|byte| **byte < 0x80 && !is_ascii_text_fast(**byte)).count();
    valid > 0 && controls * 20 <= bytes.len()
}

/// The runs of ASCII text in bytes that are something else.
pub(super) fn stretches(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = next_stretch(bytes, from)?;
        from = found.end;
        Some(found)
    })
}

/// Looks at the last byte that a run from here would need first, so that most bytes are never looked at.
fn next_stretch(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let is_text_at = |at: usize| bytes.get(at).is_some_and(|byte| is_ascii_text_fast(*byte));
    let mut start = from;
    loop {
        let last = start + SHORTEST - 1;
        if last >= bytes.len() {
            return None;
        }
        let Some(other) = (start..=last).rev().find(|at| !is_text_at(*at)) else {
            let end = (last + 1..bytes.len()).find(|at| !is_text_at(*at)).unwrap_or(bytes.len());
            return Some(start..end);
        };
        start = other + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_text_and_noise_is_not() {
        for text in ["password", "größe = 3\n", "中文 text", "\u{e4}"] {
            assert!(is_text(text.as_bytes()), "{text}");
        }
        assert!(is_text(&"中文 text".as_bytes()[1..]), "a character cut off at the start");
        assert!(is_text(&"text 中文".as_bytes()[..9]), "a character cut off at the end");
        for noise in [&b"\x00\x01\x02\x03"[..], b"abc\xff\xfedef", b"", b"\x80\x81\x82", b"a\x00b\x00c\x00"] {
            assert!(!is_text(noise), "{noise:?}");
        }
    }

    proptest! {
        #[test]
        fn finds_exactly_the_runs_of_text(bytes in proptest::collection::vec(prop_oneof![4 => Just(b'a'), 1 => any::<u8>()], 0..200)) {
            let mut expected = Vec::new();
            let mut start = 0;
            for (at, byte) in bytes.iter().chain([&0]).enumerate() {
                if !is_ascii_text(*byte) {
                    if at - start >= SHORTEST {
                        expected.push(start..at);
                    }
                    start = at + 1;
                }
            }
            prop_assert_eq!(stretches(&bytes).collect::<Vec<_>>(), expected);
        }
    }
}
