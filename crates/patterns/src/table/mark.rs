//! The marks: one byte for each value of a hash of four bytes. They are all that is looked at for most places of a text.

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

/// Where the mark of four bytes stands.
#[inline]
pub(super) fn place(gram: u32) -> u32 {
    spread(gram) >> (32 - BITS)
}

/// The mark of four bytes is never zero, and seldom that of others which share its place.
#[inline]
pub(super) fn tag(gram: u32) -> u8 {
    // Bits that do not decide the place.
    let [_, second, ..] = (spread(gram) << 4).to_le_bytes();
    second | 1
}

/// Not zero if some rule may ask for these four bytes.
#[inline]
pub(super) fn mark(marks: &[u8; MARKS], gram: u32) -> u8 {
    mark_at(marks, place(gram))
}

/// The mark at a place.
#[inline]
pub(super) fn mark_at(marks: &[u8; MARKS], place: u32) -> u8 {
    marks.get(place as usize).copied().unwrap_or(0)
}
