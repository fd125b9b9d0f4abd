//! Lines and columns of a span of bytes.

use crate::suppress::Line;
use portcullis_event::Span;
use std::ops::Range;

/// What stood before a text of which only a part is at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Before {
    /// How many bytes.
    pub bytes: u64,
    /// How many line ends.
    pub lines: u32,
    /// How many characters since the last of them.
    pub columns: u32,
}

impl Before {
    /// What stands before the text that follows `text`.
    pub(crate) fn and(self, text: &[u8]) -> Self {
        let lines = count(memchr::memchr_iter(b'\n', text).count());
        let last = memchr::memrchr(b'\n', text).map_or(0, |end| end + 1);
        let columns = characters(text.get(last..).unwrap_or_default());
        Self {
            bytes: self.bytes + text.len() as u64,
            lines: self.lines.saturating_add(lines),
            columns: if lines == 0 { self.columns.saturating_add(columns) } else { columns },
        }
    }
}

/// Goes through a text from hit to hit. What was counted once is not counted again, so that a text full of hits costs as
/// much as a text with one.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    before: Before,
    line: Range<usize>,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of a text.
    pub(crate) fn new(text: &'a [u8], before: Before) -> Self {
        Self { text, at: 0, before, line: line_end(text, 0) }
    }

    /// The lines and columns of `span`, which must not start before the one that was asked for last.
    pub(crate) fn span(&mut self, span: &Range<usize>) -> Span {
        let start = self.before.and(self.text.get(self.at..span.start).unwrap_or_default());
        (self.at, self.before) = (self.at.max(span.start), start);
        if !(self.line.contains(&span.start) || self.line.end == span.start) {
            let head = self.text.get(..span.start).unwrap_or(self.text);
            self.line = line_end(self.text, memchr::memrchr(b'\n', head).map_or(0, |end| end + 1));
        }
        let end = start.and(self.text.get(span.clone()).unwrap_or_default());
        Span {
            line: start.lines.saturating_add(1),
            column: start.columns.saturating_add(1),
            end_line: end.lines.saturating_add(1),
            end_column: end.columns.saturating_add(1),
        }
    }

    /// The line in which the last span starts, where on it that is, and where on it others start.
    pub(crate) fn line(&self, span: &Range<usize>, sorted: &[Range<usize>]) -> Line {
        let line = self.text.get(self.line.clone()).unwrap_or_default();
        let at = |byte: usize| byte.saturating_sub(self.line.start).min(line.len());
        let on_line = |span: &Range<usize>| at(span.start)..at(span.end);
        let first = sorted.partition_point(|other| other.start < self.line.start);
        let others = sorted.get(first..).unwrap_or_default().iter().take_while(|other| other.start < self.line.end);
        let others = others.filter(|other| *other != span).map(on_line).collect();
        Line { text: line.to_vec(), span: on_line(span), others }
    }

    /// The line in which the last span starts, and the one before it.
    pub(crate) fn line_and_previous(&self) -> (&'a [u8], &'a [u8]) {
        let above = self.text.get(..self.line.start.saturating_sub(1)).unwrap_or_default();
        let previous = above.get(memchr::memrchr(b'\n', above).map_or(0, |end| end + 1)..).unwrap_or_default();
        (self.text.get(self.line.clone()).unwrap_or_default(), previous)
    }
}

/// The line that starts at `start`.
fn line_end(text: &[u8], start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    start..start + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

fn characters(text: &[u8]) -> u32 {
    let counted =
        text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty()));
    count(counted.sum())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &[u8], range: Range<usize>) -> (u32, u32, u32, u32) {
        let span = Cursor::new(text, Before::default()).span(&range);
        (span.line, span.column, span.end_line, span.end_column)
    }

    #[test]
    fn counts_lines_and_characters_from_one() {
        assert_eq!(of(b"abc", 0..3), (1, 1, 1, 4));
        assert_eq!(of(b"a\nbcd\n", 3..5), (2, 2, 2, 4));
        assert_eq!(of("ä€x".as_bytes(), 5..6), (1, 3, 1, 4));
        assert_eq!(of(b"\xff\xfex", 2..3), (1, 3, 1, 4));
        assert_eq!(of(b"a\nb\nc", 0..4), (1, 1, 3, 1));
        assert_eq!(of(b"ab", 2..2), (1, 3, 1, 3));
    }

    fn around(text: &[u8], at: usize) -> (&[u8], &[u8]) {
        let mut cursor = Cursor::new(text, Before::default());
        cursor.span(&(at..at));
        cursor.line_and_previous()
    }

    #[test]
    fn finds_the_line_and_the_one_before() {
        assert_eq!(around(b"one\ntwo\nthree", 9), (b"three".as_slice(), b"two".as_slice()));
        assert_eq!(around(b"one\ntwo", 1), (b"one".as_slice(), b"".as_slice()));
        assert_eq!(around(b"", 0), (b"".as_slice(), b"".as_slice()));
        assert_eq!(around(b"\n\nx", 2), (b"x".as_slice(), b"".as_slice()));
    }

    proptest! {
        #[test]
        fn going_from_hit_to_hit_counts_as_starting_anew(text in "[a\nä€ ]{0,60}", mut ats in prop::collection::vec(0_usize..61, 0..8)) {
            let text = text.as_bytes();
            ats.sort_unstable();
            let mut cursor = Cursor::new(text, Before::default());
            for at in ats.into_iter().filter(|at| *at <= text.len() && std::str::from_utf8(&text[..*at]).is_ok()) {
                let span = cursor.span(&(at..at));
                prop_assert_eq!((span.line, span.column, span.end_line, span.end_column), of(text, at..at));
                prop_assert_eq!(cursor.line_and_previous(), around(text, at));
            }
        }

        #[test]
        fn a_text_cut_at_a_character_counts_as_one_text(head in "[a\nä€]{0,40}", tail in "[a\nä€]{0,40}") {
            let whole = Before::default().and(format!("{head}{tail}").as_bytes());
            prop_assert_eq!(Before::default().and(head.as_bytes()).and(tail.as_bytes()), whole);
        }
    }
}
