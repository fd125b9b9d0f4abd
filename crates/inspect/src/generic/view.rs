//! The bytes around a trigger, read without ever running off their end: beyond either end stands NUL.

use std::ops::Range;

/// No search along a line goes further than this.
pub(super) const LINE: usize = 400;
/// So much white space may stand between two parts of an assignment.
const GAP: usize = 64;

/// A window of a text. Copied freely: it is one slice.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    bytes: &'t [u8],
}

impl<'t> View<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes }
    }

    /// The byte at a place.
    #[inline]
    pub(super) fn at(self, place: usize) -> u8 {
        self.bytes.get(place).copied().unwrap_or(0)
    }

    /// The byte before a place.
    #[inline]
    pub(super) fn before(self, place: usize) -> u8 {
        place.checked_sub(1).map_or(0, |it| self.at(it))
    }

    /// The bytes of a range, or none if it is not within the window.
    pub(super) fn slice(self, range: Range<usize>) -> &'t [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The bytes from a place on, at most so many.
    pub(super) fn ahead(self, place: usize, most: usize) -> &'t [u8] {
        self.slice(place..place.saturating_add(most).min(self.bytes.len()))
    }

    /// The bytes before a place, at most so many.
    pub(super) fn behind(self, place: usize, most: usize) -> &'t [u8] {
        self.slice(place.saturating_sub(most)..place)
    }

    /// Whether these ASCII letters stand at a place, in either case.
    pub(super) fn says(self, place: usize, word: &str) -> bool {
        self.slice(place..place + word.len()).eq_ignore_ascii_case(word.as_bytes())
    }

    /// The first place from here on that holds neither space nor tab.
    pub(super) fn skip_blanks(self, place: usize) -> usize {
        let blanks = self.ahead(place, GAP).iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        place + blanks
    }

    /// The first place from here on that holds no white space, if at most one line ends before it.
    pub(super) fn skip_line_end(self, place: usize) -> usize {
        let mut at = self.skip_blanks(place);
        if self.at(at) == b'\\' && is_line_end(self.at(at + 1)) {
            // The line is continued.
            at += 1;
        }
        if self.at(at) == b'\r' {
            at += 1;
        }
        if self.at(at) == b'\n' { self.skip_blanks(at + 1) } else { at }
    }

    /// The last place up to here before which neither space nor tab stands.
    pub(super) fn back_over_blanks(self, place: usize) -> usize {
        let blanks = self.behind(place, GAP).iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        place - blanks
    }

    /// The part of the line that stands before a place.
    pub(super) fn line_before(self, place: usize) -> &'t [u8] {
        let behind = self.behind(place, LINE);
        let length = behind.iter().rev().take_while(|byte| !is_line_end(**byte)).count();
        behind.get(behind.len() - length..).unwrap_or_default()
    }

    /// The part of the line that follows a place.
    pub(super) fn line_after(self, place: usize) -> &'t [u8] {
        let ahead = self.ahead(place, LINE);
        let length = ahead.iter().take_while(|byte| !is_line_end(**byte)).count();
        ahead.get(..length).unwrap_or_default()
    }
}

/// Whether a line ends with this byte; NUL ends a text.
pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

/// Where a needle first stands in a text.
pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

/// Whether a text holds these ASCII letters, in either case.
pub(super) fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}
