//! The marks: one byte for each value of a hash of four bytes. They are all that is looked at for most places of a text.

use wide::{i16x8, u32x4};

/// Bits of a mark's place. A megabyte is more than the first caches hold, but a text touches a small part of it, and the
/// more room there is the fewer marks are there by chance.
const BITS: u32 = 20;

/// How many marks there are.
pub const MARKS: usize = 1 << BITS;

/// The mark of a place that several share.
pub(super) const SHARED: u8 = 2;

/// Every mark there is.
static ALL: [u8; MARKS] = [SHARED; MARKS];

/// The marks, in the program or on the heap.
#[derive(Debug)]
pub(super) enum Marks {
    Embedded(&'static [u8; MARKS]),
    Built(Box<[u8; MARKS]>),
}

impl Marks {
    /// Marks for these four bytes each.
    pub(super) fn of(grams: impl Iterator<Item = u32>) -> Self {
        let mut marks = vec![0_u8; MARKS];
        for gram in grams {
            if let Some(mark) = marks.get_mut(place(gram) as usize) {
                *mark = if *mark == 0 { tag(gram) } else { SHARED };
            }
        }
        // The vector has this length. Without marks nothing would be found, so the answer to the impossible is all of them.
        marks.try_into().map_or_else(|_: Vec<u8>| Self::Embedded(&ALL), Self::Built)
    }

    pub(super) fn get(&self) -> &[u8; MARKS] {
        match self {
            Self::Embedded(marks) => marks,
            Self::Built(marks) => marks,
        }
    }
}

/// Spreads four bytes over all bits.
#[inline]
pub(super) fn spread(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1)
}

/// What the lower and the upper half of four bytes are multiplied with: the pair that leaves the fewest places of programs and
/// prose marked, of some thousand that were tried. There is one instruction that does it for four groups of bytes at once.
const FACTORS: [i16; 2] = [12_801, -11_675];

/// The lowest bits of the sum are mixed least, and so are the highest.
const LOW: u32 = 3;
const HIGH: u32 = 32 - BITS - LOW;

/// Where the mark of four bytes stands.
fn place(gram: u32) -> u32 {
    let [a, b, c, d] = gram.to_le_bytes();
    let [low, high] = [[a, b], [c, d]].map(|half| i32::from(i16::from_le_bytes(half)));
    let [by_low, by_high] = FACTORS.map(i32::from);
    let sum = (low * by_low).wrapping_add(high * by_high).cast_unsigned();
    sum << HIGH >> (HIGH + LOW)
}

/// Where the marks stand of the four bytes at 0, 4, 8 and 12, folded.
#[inline]
pub(super) fn places(bytes: [u8; 16]) -> [u32; 4] {
    let [low, high] = FACTORS;
    let factors = i16x8::new([low, high, low, high, low, high, low, high]);
    let mut halves = [0; 8];
    halves.iter_mut().zip(bytes.as_chunks().0).for_each(|(half, two)| *half = i16::from_le_bytes(*two));
    let sums = (i16x8::new(halves) | i16x8::splat(0x2020)).dot(factors);
    let sums = u32x4::new(sums.to_array().map(i32::cast_unsigned));
    (sums << HIGH >> (HIGH + LOW)).to_array()
}

/// The mark of four bytes is never zero, and seldom that of others which share its place.
#[inline]
pub(super) fn tag(gram: u32) -> u8 {
    let [.., highest] = spread(gram).to_le_bytes();
    highest | 1
}

/// The mark at a place. It is not zero if some rule may ask for the four bytes.
#[inline]
pub(super) fn mark_at(marks: &[u8; MARKS], place: u32) -> u8 {
    marks.get(place as usize).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn four_at_once_are_what_each_is(bytes: [u8; 16]) {
            let grams = bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four) | 0x2020_2020);
            let wanted: Vec<u32> = grams.map(place).collect();
            prop_assert_eq!(&places(bytes)[..], &wanted[..]);
            prop_assert!(wanted.iter().all(|place| (*place as usize) < MARKS));
        }
    }
}
