//! Reads large text in windows, so that memory stays bounded and nothing is lost where one ends.

use crate::position::Before;
use std::io::{self, Read};
use std::ops::Range;

/// A part of a text.
#[derive(Debug)]
pub(crate) struct Window<'a> {
    /// The bytes.
    pub text: &'a [u8],
    /// What stands before them.
    pub before: Before,
    /// A hit that starts here belongs to this window. The rest is there so that it is seen with its surroundings.
    pub own: Range<usize>,
}

impl<'a> Window<'a> {
    /// All of a text.
    pub(crate) fn whole(text: &'a [u8]) -> Self {
        Self { text, before: Before::default(), own: 0..text.len() }
    }

    /// Whether there is nothing else.
    pub(crate) fn is_whole(&self) -> bool {
        self.before.bytes == 0 && self.own == (0..self.text.len())
    }
}

/// How much is read at a time, besides the overlap.
fn step(reach: usize) -> usize {
    (8 * reach).max(1024 * 1024)
}

/// Gives `each` the windows of what `from` yields, and returns how many bytes there were. `buffer` is scratch space; what
/// it already holds counts as the beginning of the text.
pub(crate) fn windows(
    mut from: impl Read,
    buffer: &mut Vec<u8>,
    reach: usize,
    mut each: impl FnMut(Window<'_>),
) -> io::Result<u64> {
    let full = step(reach) + 2 * reach;
    let (mut before, mut start) = (Before::default(), 0);
    loop {
        let ended = fill(&mut from, buffer, full)?;
        let end = if ended { buffer.len() } else { buffer.len() - reach };
        if start < end || (before.bytes == 0 && ended) {
            each(Window { text: buffer, before, own: start..end });
        }
        if ended {
            return Ok(before.bytes + buffer.len() as u64);
        }
        let dropped = end.saturating_sub(reach);
        before = before.and(buffer.get(..dropped).unwrap_or_default());
        buffer.drain(..dropped);
        start = end - dropped;
    }
}

/// Reads until `buffer` holds `full` bytes. True if the text ended before.
fn fill(from: &mut impl Read, buffer: &mut Vec<u8>, full: usize) -> io::Result<bool> {
    let wanted = full.saturating_sub(buffer.len()) as u64;
    let read = from.by_ref().take(wanted).read_to_end(buffer)?;
    Ok((read as u64) < wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_text_is_one_empty_window() {
        let mut seen = 0;
        let bytes = windows(io::empty(), &mut Vec::new(), 16, |window| seen += usize::from(window.text.is_empty()));
        assert_eq!((bytes.unwrap(), seen), (0, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_byte_belongs_to_one_window_and_is_seen_with_its_surroundings(
            length in 0_usize..3_500_000, reach in 1_usize..200_000, held in 0_usize..100,
        ) {
            let text: Vec<u8> = (0..=250_u8).cycle().take(length).collect();
            let held = held.min(length);
            let mut next = 0;
            let mut buffer = text[..held].to_vec();
            let total = windows(&text[held..], &mut buffer, reach, |window| {
                let base = usize::try_from(window.before.bytes).unwrap();
                assert_eq!(window.text, &text[base..base + window.text.len()]);
                assert_eq!(window.before.lines as usize, memchr::memchr_iter(b'\n', &text[..base]).count());
                assert_eq!(base + window.own.start, next);
                next = base + window.own.end;
                assert!(window.own.start >= reach || base == 0);
                assert!(window.text.len() - window.own.end >= reach || next == text.len());
            }).unwrap();
            prop_assert_eq!((total, next), (length as u64, length));
        }
    }
}
