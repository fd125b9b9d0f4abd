//! What may stand beside four bytes that belong to a match: most places where only those four stand are told from a match
//! by the two bytes around them, before a matcher is called.

use crate::pieces::Piece;
use std::ops::Range;

/// The bytes that may stand before and after. Each of 64 bits stands for the bytes that look the same to a search: it
/// does not see case, nor the highest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    /// What may stand before.
    pub before: u64,
    /// What may stand after.
    pub after: u64,
}

/// Any byte.
const ANY: u64 = u64::MAX;

/// Bytes of a `Beside` in a table.
pub(crate) const WIDTH: usize = 16;

impl Beside {
    /// Nothing is known of what stands beside.
    pub const ANYTHING: Self = Self { before: ANY, after: ANY };

    /// Nothing may stand there: where a union starts.
    pub(crate) const NOTHING: Self = Self { before: 0, after: 0 };

    /// What a row of pieces says of the bytes beside some of them.
    pub(crate) fn of(row: &[Piece], these: Range<usize>) -> Self {
        let before = these.start.checked_sub(1).and_then(|at| row.get(at)).map_or(ANY, bits);
        let after = row.get(these.end).map_or(ANY, bits);
        Self { before, after }
    }

    /// What may stand beside one or the other.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self { before: self.before | other.before, after: self.after | other.after }
    }

    /// Whether these two bytes may stand there; where a text ends, anything might.
    #[inline]
    pub(crate) fn allows(self, before: Option<u8>, after: Option<u8>) -> bool {
        let before = before.map_or(1, |byte| self.before >> bit(byte));
        let after = after.map_or(1, |byte| self.after >> bit(byte));
        before & after & 1 == 1
    }

    #[inline]
    pub(crate) fn from_bytes(bytes: [u8; WIDTH]) -> Self {
        let [before @ .., _, _, _, _, _, _, _, _] = bytes;
        let [_, _, _, _, _, _, _, _, after @ ..] = bytes;
        Self { before: u64::from_le_bytes(before), after: u64::from_le_bytes(after) }
    }

    pub(crate) fn to_bytes(self) -> [u8; WIDTH] {
        (u128::from(self.before) | u128::from(self.after) << 64).to_le_bytes()
    }
}

/// The bit that stands for a byte: bits 0 to 4 and bit 6 of it.
#[inline]
const fn bit(byte: u8) -> u8 {
    byte & 0x1f | (byte & 0x40) >> 1
}

fn bits(piece: &Piece) -> u64 {
    match piece {
        Piece::Set(set) => set.folded().iter().fold(0, |bits, byte| bits | 1 << bit(*byte)),
        Piece::Gap { .. } | Piece::Either(_) => ANY,
    }
}
