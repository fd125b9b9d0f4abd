//! What all escapes in a text have in common: a stretch runs from the first escape to the last one that is near enough to the
//! one before it, and everything between them stays as it is.

use super::super::map::Map;
use super::super::{Step, textual};
use super::{Emit, Found, Place, Surroundings};
use memchr::memchr;
use std::ops::Range;

/// Most bytes between two escapes of one stretch.
const GAP: usize = 128;
/// How far the escapes lie that decide whether a stretch counts: at most four are needed.
pub(in crate::decode) const REACH: usize = 4 * GAP;
/// Longest stretch that is decoded at once.
const WINDOW: usize = 1 << 20;

/// One escape.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct Escape {
    /// How many bytes it is written with.
    pub(in crate::decode) length: usize,
    bytes: [u8; 4],
    count: usize,
    weight: Weight,
}

/// How much an escape speaks for an encoded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Nothing: any text may hold it.
    None,
    /// Something: two of them do.
    Half,
    /// It is enough.
    Full,
}

impl Escape {
    /// Stands for one byte. What prints and need not have been escaped is enough.
    pub(super) fn byte(length: usize, byte: u8) -> Self {
        let weight = if textual::is_ascii_text(byte) { Weight::Full } else { Weight::None };
        Self { length, bytes: [byte, 0, 0, 0], count: 1, weight }
    }

    /// Stands for a character.
    pub(super) fn character(length: usize, character: char) -> Self {
        let mut bytes = [0; 4];
        let count = character.encode_utf8(&mut bytes).len();
        let weight = if character.is_ascii() && !character.is_ascii_control() { Weight::Full } else { Weight::None };
        Self { length, bytes, count, weight }
    }

    /// Stands for nothing at all, such as a line break that does not count. The character after it belongs to it, so that a
    /// stretch never ends with something that left no trace.
    pub(super) fn nothing(text: &[u8], at: usize, length: usize, weight: Weight) -> Self {
        match text.get(at + length) {
            Some(next) if Some(next) != text.get(at) => Self::byte(length + 1, *next).weighing(weight),
            _ => Self { length, bytes: [0; 4], count: 0, weight },
        }
    }

    /// What it stands for.
    pub(in crate::decode) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }

    pub(super) fn weighing(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }
}

/// An encoding that marks each escape with one byte.
pub(super) struct Encoding {
    pub(super) step: Step,
    /// The byte that each escape begins with.
    pub(super) lead: u8,
    /// Reads the escape that begins at a place.
    pub(super) read: fn(&[u8], usize) -> Option<Escape>,
}

/// The value of digits in a base.
pub(super) fn number(text: &[u8], digits: Range<usize>, base: u32) -> Option<u32> {
    let digits = text.get(digits)?;
    let value = |sum: u32, digit: &u8| sum.checked_mul(base)?.checked_add(char::from(*digit).to_digit(base)?);
    if digits.is_empty() { None } else { digits.iter().try_fold(0, value) }
}

/// Decodes the stretch that begins at the place, if one does and it counts.
pub(super) fn find(encoding: &Encoding, place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    let mut reader = Stretch::default();
    let mut at = reader.take(encoding, place.text, place.at);
    if reader.end.is_none() {
        return at;
    }
    while let Some(lead) = next_lead(encoding, place.text, at, reader.end.unwrap_or(at)) {
        at = reader.take(encoding, place.text, lead);
        if reader.bytes.len() >= WINDOW {
            break;
        }
    }
    if reader.weight >= 2 {
        let (bytes, map) = (reader.bytes, reader.map);
        emit(Found { step: encoding.step.clone(), bytes, map, surroundings: Surroundings::ESCAPES });
    }
    reader.end.unwrap_or(at)
}

/// The next place where an escape may begin, if it is near enough to the end of the last one.
fn next_lead(encoding: &Encoding, text: &[u8], at: usize, last: usize) -> Option<usize> {
    let near = text.get(at..(last + GAP).min(text.len()))?;
    memchr(encoding.lead, near).map(|found| at + found)
}

/// What has been decoded so far.
#[derive(Debug, Default)]
struct Stretch {
    bytes: Vec<u8>,
    map: Map,
    weight: usize,
    /// Where the last escape ended.
    end: Option<usize>,
}

impl Stretch {
    /// Takes what lies before `lead`, and the escape there, if it is one. The answer is where to look on.
    fn take(&mut self, encoding: &Encoding, text: &[u8], lead: usize) -> usize {
        let Some(escape) = (encoding.read)(text, lead) else { return lead + 1 };
        if let Some(end) = self.end {
            let between = end..lead;
            self.bytes.extend_from_slice(text.get(between.clone()).unwrap_or_default());
            self.map.copy(between);
        }
        let end = lead + escape.length;
        self.bytes.extend_from_slice(escape.bytes());
        self.map.decoded(escape.count, lead..end);
        self.weight += match escape.weight {
            Weight::None => 0,
            Weight::Half => 1,
            Weight::Full => 2,
        };
        self.end = Some(end);
        end
    }
}
