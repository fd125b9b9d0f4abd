//! Where each decoded byte came from. A map is a list of segments in which the bytes advance evenly, so that a megabyte of
//! base64 on one line needs one segment, and a text with three escapes needs seven.

use std::ops::Range;

/// How the original advances while the decoded bytes advance by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// Each decoded byte was written as `width` bytes, and the next one begins `step` bytes further on.
    Every { step: usize, width: usize },
    /// Three decoded bytes were written as four characters. `phase` is the place of the first byte among its three.
    Base64 { phase: usize },
    /// Every decoded byte came from the same `width` bytes.
    Whole { width: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    decoded: usize,
    count: usize,
    original: usize,
    scale: Scale,
    /// Whether the bytes changed by decoding; the others were carried over as they stood.
    fresh: bool,
}

impl Segment {
    fn original_of(&self, index: usize) -> Range<usize> {
        let (start, width) = match self.scale {
            Scale::Every { step, width } => (index * step, width),
            Scale::Base64 { phase } => ((index + phase) / 3 * 4 + (index + phase) % 3, 2),
            Scale::Whole { width } => (0, width),
        };
        self.original + start..self.original + start + width
    }

    /// What is left of the segment without its first `count` bytes.
    fn skip(self, count: usize) -> Self {
        let (original, scale) = match self.scale {
            Scale::Every { step, .. } => (self.original + count * step, self.scale),
            Scale::Base64 { phase } => {
                (self.original + (phase + count) / 3 * 4, Scale::Base64 { phase: (phase + count) % 3 })
            }
            Scale::Whole { .. } => (self.original, self.scale),
        };
        Self { decoded: self.decoded + count, count: self.count - count, original, scale, fresh: self.fresh }
    }

    /// Whether a byte written at `original` continues this segment, and the step if so.
    fn next_step(&self, original: &Range<usize>, fresh: bool) -> Option<usize> {
        let Scale::Every { step, width } = self.scale else { return None };
        let found = original.start.checked_sub(self.original)?;
        let fits = self.fresh == fresh && width == original.len();
        match self.count {
            1 => (fits && found >= width).then_some(found),
            count => (fits && found == count * step).then_some(step),
        }
    }
}

/// Where each decoded byte came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Map {
    segments: Vec<Segment>,
    length: usize,
}

impl Map {
    /// How many decoded bytes it speaks of.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    fn add(&mut self, count: usize, original: usize, scale: Scale, fresh: bool) {
        if count > 0 {
            self.segments.push(Segment { decoded: self.length, count, original, scale, fresh });
            self.length += count;
        }
    }

    /// The next bytes were carried over as they stood at `original`.
    pub(super) fn copy(&mut self, original: Range<usize>) {
        let count = original.len();
        if let Some(last) = self.segments.last_mut()
            && last.scale == (Scale::Every { step: 1, width: 1 })
            && !last.fresh
            && last.original + last.count == original.start
        {
            last.count += count;
            self.length += count;
            return;
        }
        self.add(count, original.start, Scale::Every { step: 1, width: 1 }, false);
    }

    /// The next `count` bytes were written as the bytes `original`, all of them together.
    pub(super) fn decoded(&mut self, count: usize, original: Range<usize>) {
        let whole = Scale::Whole { width: original.len() };
        if count != 1 {
            return self.add(count, original.start, whole, true);
        }
        if let Some(last) = self.segments.last_mut()
            && let Some(step) = last.next_step(&original, true)
        {
            last.scale = Scale::Every { step, width: original.len() };
            last.count += 1;
            self.length += 1;
            return;
        }
        self.add(1, original.start, Scale::Every { step: original.len(), width: original.len() }, true);
    }

    /// The next `count` bytes were written as base64 that begins at `original`.
    pub(super) fn base64(&mut self, count: usize, original: usize) {
        if let Some(last) = self.segments.last_mut()
            && last.scale == (Scale::Base64 { phase: 0 })
            && last.count.is_multiple_of(3)
            && last.original + last.count / 3 * 4 == original
        {
            last.count += count;
            self.length += count;
            return;
        }
        self.add(count, original, Scale::Base64 { phase: 0 }, true);
    }

    /// The next bytes are those that another map has in `part`.
    pub(super) fn append(&mut self, other: &Self, part: Range<usize>) {
        for segment in other.within(&part) {
            let skipped = part.start.saturating_sub(segment.decoded);
            let mut segment = segment.skip(skipped);
            segment.count = segment.count.min(part.end.saturating_sub(segment.decoded));
            segment.decoded = self.length;
            self.length += segment.count;
            self.segments.push(segment);
        }
    }

    fn within(&self, part: &Range<usize>) -> &[Segment] {
        let first = self.segments.partition_point(|segment| segment.decoded + segment.count <= part.start);
        let end = self.segments.partition_point(|segment| segment.decoded < part.end);
        self.segments.get(first..end).unwrap_or_default()
    }

    /// Whether any of these decoded bytes changed by decoding.
    pub(super) fn is_fresh(&self, part: &Range<usize>) -> bool {
        self.within(part).iter().any(|segment| segment.fresh)
    }

    /// The smallest range of the original that holds these decoded bytes.
    pub(super) fn original(&self, part: Range<usize>) -> Range<usize> {
        let last = part.end.max(part.start + 1) - 1;
        let start = self.original_of(part.start);
        let end = self.original_of(last);
        if part.is_empty() { start.start..start.start } else { start.start..end.end.max(start.start) }
    }

    fn original_of(&self, index: usize) -> Range<usize> {
        let after = self.segments.partition_point(|segment| segment.decoded <= index);
        let segment = after.checked_sub(1).and_then(|at| self.segments.get(at));
        segment.map_or(0..0, |segment| segment.original_of((index - segment.decoded).min(segment.count - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_copies_and_escapes() {
        // a%41b%C3%A9
        let mut map = Map::default();
        map.copy(0..1);
        map.decoded(1, 1..4);
        map.copy(4..5);
        map.decoded(1, 5..8);
        map.decoded(1, 8..11);
        assert_eq!(map.len(), 5);
        assert_eq!(
            [0..1, 1..2, 2..3, 3..4, 3..5, 0..5].map(|part| map.original(part)),
            [0..1, 1..4, 4..5, 5..8, 5..11, 0..11]
        );
        assert_eq!([0..1, 1..2, 2..3, 0..3].map(|part| map.is_fresh(&part)), [false, true, false, true]);
    }

    #[test]
    fn a_long_row_of_escapes_is_one_segment() {
        let mut map = Map::default();
        for at in 0..1000 {
            map.decoded(1, at * 6..at * 6 + 4);
        }
        assert_eq!(map.segments.len(), 1);
        assert_eq!(map.original(999..1000), 5994..5998);
    }

    #[test]
    fn follows_base64_by_its_triples() {
        let mut map = Map::default();
        map.base64(6, 10);
        assert_eq!(
            [0..1, 1..2, 2..3, 3..4, 0..6].map(|part| map.original(part)),
            [10..12, 11..13, 12..14, 14..16, 10..18]
        );
    }

    #[test]
    fn a_part_of_a_map_answers_as_the_whole_did() {
        let mut map = Map::default();
        map.copy(0..5);
        map.base64(7, 10);
        map.decoded(3, 30..34);
        map.decoded(1, 40..46);
        map.decoded(1, 46..52);
        for start in 0..map.len() {
            for end in start + 1..=map.len() {
                let mut part = Map::default();
                part.append(&map, start..end);
                assert_eq!(part.len(), end - start);
                for at in 0..part.len() {
                    assert_eq!(
                        part.original(at..at + 1),
                        map.original(start + at..start + at + 1),
                        "{start}..{end} at {at}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_out_of_bounds_has_no_place() {
        assert_eq!(Map::default().original(3..9), 0..0);
    }
}
