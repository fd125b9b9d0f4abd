//! A place of the hash table that leads from four bytes to what they may belong to.

use super::mark::spread;
use crate::beside::{Beside, WIDTH};

/// Bytes of a slot: the four bytes, where their entries start (one more than that, because none are zero), and what may
/// stand beside them.
pub(super) const SLOT: usize = 8 + WIDTH;

/// Set in the number that says where the entries start if a match starts with the four bytes.
const STARTS: u32 = 1 << 31;

/// What lies at a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) gram: u32,
    /// Where the entries start; none if nothing lies here.
    pub(super) start: Option<usize>,
    pub(super) beside: Beside,
}

/// The slot in which four bytes lie if no others took it before. The upper bits are the well mixed ones.
#[inline]
pub(super) fn home(gram: u32, count: usize) -> usize {
    ((u64::from(spread(gram)) * count as u64) >> 32) as usize
}

impl Slot {
    pub(super) const EMPTY: Self = Self { gram: 0, start: None, beside: Beside::NOTHING };

    /// The slot with this number.
    #[inline]
    pub(super) fn at(slots: &[u8], index: usize) -> Self {
        slots.as_chunks().0.get(index).map_or(Self::EMPTY, Self::of)
    }

    #[inline]
    pub(super) fn of(bytes: &[u8; SLOT]) -> Self {
        let [g0, g1, g2, g3, s0, s1, s2, s3, beside @ ..] = *bytes;
        let start = u32::from_le_bytes([s0, s1, s2, s3]);
        let beside = Beside { starts: start & STARTS != 0, ..Beside::from_bytes(beside) };
        let start = ((start & !STARTS) as usize).checked_sub(1);
        Self { gram: u32::from_le_bytes([g0, g1, g2, g3]), start, beside }
    }

    pub(super) fn to_bytes(self) -> [u8; SLOT] {
        let start = self.start.and_then(|start| u32::try_from(start + 1).ok()).unwrap_or(0);
        let start = start | if self.beside.starts { STARTS } else { 0 };
        let mut bytes = [0; SLOT];
        let parts = self.gram.to_le_bytes().into_iter().chain(start.to_le_bytes()).chain(self.beside.to_bytes());
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }
}
