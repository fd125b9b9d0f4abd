//! The passages that the model looks at: an instruction is a sentence or two, in a text that may be long.

use std::ops::Range;

/// How long a passage is, in bytes.
pub const WIDTH: usize = 360;

/// How far the next one lies behind it.
const STEP: usize = 180;

/// The passages of a text, in order. They overlap, so that every sentence lies whole in one of them.
pub(super) fn windows(text: &str) -> Vec<Range<usize>> {
    windows_of(text, WIDTH, STEP)
}

/// The same with passages of another length, and another step between them.
pub(in crate::injection) fn windows_of(text: &str, width: usize, step: usize) -> Vec<Range<usize>> {
    let mut windows = Vec::new();
    let mut start = 0usize;
    loop {
        let end = border(text, start.saturating_add(width));
        windows.push(start..end);
        if end >= text.len() {
            return windows;
        }
        start = border(text, start + step).max(start + 1);
        start = text.ceil_char_boundary(start);
    }
}

/// The next border between words, if there is one nearby.
fn border(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let at = text.ceil_char_boundary(at);
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let blank = rest.iter().take(24).position(u8::is_ascii_whitespace);
    blank.map_or(at, |blank| at + blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_the_text_and_overlap() {
        for text in ["", "short", &"word ".repeat(400), &"ü".repeat(3000)] {
            let windows = windows(text);
            assert_eq!(windows.first().map(|window| window.start), Some(0));
            assert_eq!(windows.last().map(|window| window.end), Some(text.len()));
            assert!(windows.windows(2).all(|pair| pair[1].start < pair[0].end && pair[1].start > pair[0].start));
            assert!(windows.iter().all(|window| text.get(window.clone()).is_some()));
        }
    }
}
