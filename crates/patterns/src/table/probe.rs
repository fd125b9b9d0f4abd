//! The probe: a text is looked at in blocks, in passes that each leave fewer places. Which places are left can't be guessed by
//! a processor, and each wrong guess would cost as much as ten places; so nothing in a pass depends on what was found but
//! where the next place is written down.

use super::mark::{MARKS, SHARED, mark_at, places, tag};
use super::slot::{SLOT, Slot, home};
use super::{Entry, Table};
use crate::beside::Around;
use wide::u8x16;

/// How many bytes one step looks at.
const STEP: usize = 32;

/// How many bytes it needs for that: the last four bytes start two before the end of the step.
const NEEDED: usize = STEP + 2;

/// How many bytes go through the passes together.
const BLOCK: usize = 4096;

/// How many bytes are asked together whether there are marks: how often a loop goes round can't be guessed either.
const GROUP: usize = 4 * STEP;
const GROUPS: usize = BLOCK / GROUP;

/// The marks of as many bytes.
type Group = [[u8; STEP / 2]; GROUP / STEP];

/// There is room for every second place of a block.
const PLACES: usize = BLOCK / 2;

/// Sets bit 5 of four bytes.
const FOLD: u32 = 0x2020_2020;

impl Table {
    /// Calls `visit` for all that `text` may hold, in order, with where the four bytes stand.
    #[inline]
    pub fn probe(&self, text: &[u8], mut visit: impl FnMut(usize, Entry)) {
        let (mut marks, mut places) = ([Group::default(); GROUPS], [0; PLACES]);
        let mut from = 0;
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let marks = marked(self.marks.get(), rest, &mut marks);
            let count = tagged(rest, marks, &mut places);
            let count = self.sift(text, from, &mut places, count);
            for place in places.iter().take(count) {
                let at = from + usize::from(*place);
                let Seen { gram, around } = Seen::at(text, at);
                self.entries(gram, around).for_each(|entry| visit(at, entry));
            }
            from += BLOCK;
        }
    }

    /// Keeps those of the first `count` places where the four bytes may be asked for between what stands beside them, as far as
    /// the slot says in which they lie if no others took it.
    fn sift(&self, text: &[u8], from: usize, places: &mut [u16; PLACES], count: usize) -> usize {
        let slots = self.slots.as_chunks::<SLOT>().0;
        let mut kept = 0;
        for index in 0..count.min(places.len()) {
            let place = places.get(index).copied().unwrap_or(0);
            let Seen { gram, around } = Seen::at(text, from + usize::from(place));
            let slot = slots.get(home(gram, slots.len())).map_or(Slot::EMPTY, Slot::of);
            let wanted = (slot.gram != gram) | slot.beside.allows(around);
            if let Some(next) = places.get_mut(kept) {
                *next = place;
            }
            kept += usize::from(wanted);
        }
        kept
    }
}

/// Four bytes of a text, folded, and what stands beside them.
struct Seen {
    gram: u32,
    around: Around,
}

impl Seen {
    #[inline]
    fn at(text: &[u8], at: usize) -> Self {
        // One load for all, but at the ends of a text.
        let eight = at.checked_sub(2).and_then(|start| text.get(start..)).and_then(<[u8]>::first_chunk::<8>);
        if let Some([second, first, a, b, c, d, after, _]) = eight.copied() {
            let gram = u32::from_le_bytes([a, b, c, d]) | FOLD;
            return Self { gram, around: Around::bytes([second, first], after) };
        }
        let rest = text.get(at..).unwrap_or_default();
        let before = [2, 1].map(|back| at.checked_sub(back).and_then(|before| text.get(before)).copied());
        Self { gram: folded(rest), around: Around::ends(before, rest.get(4).copied()) }
    }
}

/// The first four bytes of a text, folded, with zeros behind it where it is shorter.
#[inline]
fn folded(text: &[u8]) -> u32 {
    let four = text.first_chunk::<4>().copied();
    FOLD | u32::from_le_bytes(four.unwrap_or_else(|| padded(text)))
}

fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    bytes
}

/// The mark of every second place of the block at the start of `text`, and none behind its end.
fn marked<'m>(all: &[u8; MARKS], text: &[u8], marks: &'m mut [Group; GROUPS]) -> &'m [Group] {
    let groups = text.len().div_ceil(GROUP).min(GROUPS);
    let marks = marks.get_mut(..groups).unwrap_or_default();
    for (step, at) in marks.as_flattened_mut().iter_mut().zip((0..).step_by(STEP)) {
        let rest = text.get(at..).unwrap_or_default();
        *step = match rest.first_chunk::<NEEDED>() {
            Some(bytes) => marks_of(all, bytes),
            None if rest.is_empty() => [0; STEP / 2],
            // What is left is looked at with zeros behind it.
            None => marks_of(all, &padded(rest)),
        };
    }
    marks
}

/// The marks of the four bytes at each even place.
#[expect(clippy::many_single_char_names, reason = "they are the letters of a row")]
#[inline]
fn marks_of(all: &[u8; MARKS], bytes: &[u8; NEEDED]) -> [u8; STEP / 2] {
    let at = |start: usize| bytes.get(start..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    let mut marks = [0; STEP / 2];
    for (eight, start) in marks.as_chunks_mut::<8>().0.iter_mut().zip((0..).step_by(16)) {
        // Every fourth byte from the first on, and from the third.
        let ([a, c, e, g], [b, d, f, h]) = (places(at(start)), places(at(start + 2)));
        *eight = [a, b, c, d, e, f, g, h].map(|place| mark_at(all, place));
    }
    marks
}

/// Writes down the places of the block at the start of `text` where the four bytes are marked as one of their own, and says how
/// many they are.
#[expect(clippy::needless_bitwise_bool, reason = "the other operator is a branch")]
fn tagged(text: &[u8], marks: &[Group], places: &mut [u16; PLACES]) -> usize {
    let mut count = 0;
    for (group, start) in marks.iter().zip((0_u16..).step_by(GROUP)) {
        let mut set = group.iter().rev().fold(0_u64, |set, step| set << 16 | u64::from(bits(step)));
        while set != 0 {
            let bit = set.trailing_zeros();
            set &= set - 1;
            let mark = group.as_flattened().get(bit as usize).copied().unwrap_or(0);
            let place = start + 2 * u16::try_from(bit).unwrap_or(0);
            let gram = folded(text.get(usize::from(place)..).unwrap_or_default());
            // There are never more than fit in. The operator tells the compiler so.
            if let Some(next) = places.get_mut(count & (PLACES - 1)) {
                *next = place;
            }
            count += usize::from((mark == tag(gram)) | (mark == SHARED));
        }
    }
    count
}

/// One bit for each mark that is there.
#[inline]
fn bits(marks: &[u8; STEP / 2]) -> u16 {
    let none = u8x16::new(*marks).simd_eq(u8x16::splat(0)).to_bitmask();
    let [low, high, ..] = (!none).to_le_bytes();
    u16::from_le_bytes([low, high])
}
