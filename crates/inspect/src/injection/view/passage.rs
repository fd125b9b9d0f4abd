//! Cutting passages out of a text, and writing a view piece by piece.

use super::Piece;
use std::ops::Range;

/// A view that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
}

impl Writer {
    /// Takes bytes over as they are.
    pub(crate) fn same(&mut self, source: &str, raw: Range<usize>) {
        let Some(text) = source.get(raw.clone()).filter(|text| !text.is_empty()) else { return };
        match self.pieces.last_mut() {
            Some(last) if last.same && last.raw.end == raw.start => last.raw.end = raw.end,
            _ => self.pieces.push(Piece { at: self.text.len(), raw, same: true }),
        }
        self.text.push_str(text);
    }

    /// Writes a character in the place of some bytes.
    pub(crate) fn instead(&mut self, letter: char, raw: Range<usize>) {
        self.pieces.push(Piece { at: self.text.len(), raw, same: false });
        self.text.push(letter);
    }

    /// Makes bytes belong to what was written last.
    pub(crate) fn absorb(&mut self, raw: Range<usize>) {
        if let Some(last) = self.pieces.last_mut().filter(|last| !last.same) {
            last.raw.end = raw.end;
        }
    }
}

/// The range, moved outwards to where characters begin and end.
pub(crate) fn whole_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    start..text.ceil_char_boundary(range.end.min(text.len())).max(start)
}

/// Ranges around these places, `around` bytes to both sides; those that touch become one.
pub(crate) fn around(text: &str, places: impl IntoIterator<Item = Range<usize>>, around: usize) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for place in places {
        let next = whole_characters(text, place.start.saturating_sub(around)..place.end.saturating_add(around));
        match merged.last_mut() {
            Some(last) if last.end >= next.start => last.end = last.end.max(next.end),
            _ => merged.push(next),
        }
    }
    merged
}

/// The line that `at` is in, at most `most` bytes of it to both sides.
pub(crate) fn line(text: &str, at: usize, most: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let floor = at.saturating_sub(most);
    let ceiling = at.saturating_add(most).min(bytes.len());
    let before = bytes.get(floor..at.min(bytes.len())).unwrap_or_default();
    let behind = bytes.get(at..ceiling).unwrap_or_default();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(floor, |place| floor + place + 1);
    let end = behind.iter().position(|byte| *byte == b'\n').map_or(ceiling, |place| at + place);
    whole_characters(text, start..end)
}
