//! The probe: a text is looked at in blocks, in passes that each leave fewer places. Which places are left can't be guessed by
//! a processor, and each wrong guess would cost as much as ten places; so nothing in a pass depends on what was found but
//! where the next place is written down.

use super::mark::{MARKS, SHARED, mark, mark_at, place, tag};
use super::slot::{SLOT, Slot, home};
use super::{Entry, Table};

/// How many bytes one step looks at.
const STEP: usize = 32;

/// How many bytes it needs for that: the last four bytes start two before the end of the step.
const NEEDED: usize = STEP + 2;

/// How many bytes go through the passes together.
const BLOCK: u16 = 4096;

/// Where in a block something may be. There is room for every second place.
type Places = [u16; PLACES];
const PLACES: usize = BLOCK as usize / 2;

/// Sets bit 5 of four bytes.
const FOLD: u32 = 0x2020_2020;

impl Table {
    /// Calls `visit` for all that `text` may hold, in order, with where the four bytes stand.
    #[expect(clippy::needless_bitwise_bool, reason = "the other operator is a branch")]
    #[inline]
    pub fn probe(&self, text: &[u8], mut visit: impl FnMut(usize, Entry)) {
        let mut places = [0; PLACES];
        let mut from = 0;
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let count = marked(self.marks.get(), rest, &mut places);
            let count = sift(&mut places, count, |place| {
                let gram = folded(rest.get(usize::from(place)..).unwrap_or_default());
                let mark = mark(self.marks.get(), gram);
                (mark == tag(gram)) | (mark == SHARED)
            });
            let count = sift(&mut places, count, |place| self.may_ask(text, from + usize::from(place)));
            for place in places.iter().take(count) {
                let at = from + usize::from(*place);
                let Seen { gram, before, after } = Seen::at(text, at);
                self.entries(gram, before, after).for_each(|entry| visit(at, entry));
            }
            from += usize::from(BLOCK);
        }
    }

    /// Whether the four bytes at a place may be asked for between what stands beside them, as far as the slot says in which
    /// they lie if no others took it.
    #[inline]
    fn may_ask(&self, text: &[u8], at: usize) -> bool {
        let Seen { gram, before, after } = Seen::at(text, at);
        let slot = Slot::at(&self.slots, home(gram, self.slots.len() / SLOT));
        (slot.gram != gram) | slot.beside.allows(before, after)
    }
}

/// Four bytes of a text, folded, and what stands beside them; nothing where the text ends.
struct Seen {
    gram: u32,
    /// The two bytes before.
    before: [Option<u8>; 2],
    after: Option<u8>,
}

impl Seen {
    #[inline]
    fn at(text: &[u8], at: usize) -> Self {
        // One load for all, but at the ends of a text.
        let eight = at.checked_sub(2).and_then(|start| text.get(start..)).and_then(<[u8]>::first_chunk::<8>);
        if let Some([second, first, a, b, c, d, after, _]) = eight.copied() {
            let gram = u32::from_le_bytes([a, b, c, d]) | FOLD;
            return Self { gram, before: [Some(second), Some(first)], after: Some(after) };
        }
        let rest = text.get(at..).unwrap_or_default();
        let before = [2, 1].map(|back| at.checked_sub(back).and_then(|before| text.get(before)).copied());
        Self { gram: folded(rest), before, after: rest.get(4).copied() }
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

/// Writes down the places of the block at the start of `text` where four bytes are marked, and says how many they are.
#[inline]
fn marked(marks: &[u8; MARKS], text: &[u8], places: &mut Places) -> usize {
    let mut count = 0;
    for at in (0..BLOCK).step_by(STEP) {
        let rest = text.get(usize::from(at)..).unwrap_or_default();
        count = match rest.first_chunk::<NEEDED>() {
            Some(bytes) => step(marks, bytes, at, count, places),
            None if rest.is_empty() => break,
            // What is left is looked at with zeros behind it.
            None => step(marks, &padded(rest), at, count, places),
        };
    }
    count
}

#[inline]
fn step(marks: &[u8; MARKS], bytes: &[u8; NEEDED], at: u16, count: usize, places: &mut Places) -> usize {
    let mut count = count;
    // First where all the marks stand, several at once, and then what they are.
    for (home, offset) in homes(bytes).into_iter().zip((0_u16..).step_by(2)) {
        // There are never more than fit in. The operator tells the compiler so.
        if let Some(next) = places.get_mut(count & (PLACES - 1)) {
            *next = at + offset;
        }
        count += usize::from(mark_at(marks, home) != 0);
    }
    count
}

/// Keeps those of the first `count` places that `wanted` says yes to.
#[inline]
fn sift(places: &mut Places, count: usize, wanted: impl Fn(u16) -> bool) -> usize {
    let mut kept = 0;
    for index in 0..count.min(places.len()) {
        let place = places.get(index).copied().unwrap_or(0);
        if let Some(next) = places.get_mut(kept) {
            *next = place;
        }
        kept += usize::from(wanted(place));
    }
    kept
}

/// Where the mark of the four bytes at each even place stands.
#[inline]
fn homes(bytes: &[u8; NEEDED]) -> [u32; STEP / 2] {
    let mut homes = [0; STEP / 2];
    let pairs = bytes.as_chunks::<2>().0;
    for (home, (first, second)) in homes.iter_mut().zip(pairs.iter().zip(pairs.iter().skip(1))) {
        let (low, high) = (u16::from_le_bytes(*first), u16::from_le_bytes(*second));
        *home = place((u32::from(low) | u32::from(high) << 16) | FOLD);
    }
    homes
}
