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
    /// A match starts with the bytes and is no part of a longer word.
    pub starts: bool,
}

/// Any byte.
const ANY: u64 = u64::MAX;

/// The bytes that words are made of.
const WORD: u64 = all(b"0123456789_abcdefghijklmnopqrstuvwxyz");

/// The bytes that may stand before the last one of an escape such as `\\n`, `%3D`, `\\u0020` or a terminal's `[31m`.
pub(crate) const LEADS: u64 = all(b"\\0123456789abcdef");

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
const fn all(bytes: &[u8]) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while at < bytes.len() {
        bits |= 1 << bit(bytes[at]);
        at += 1;
    }
    bits
}

/// Whether words are made of a byte.
pub(crate) const fn is_of_words(byte: u8) -> bool {
    WORD >> bit(byte) & 1 == 1
}

/// Bytes of a `Beside` in a table, but for `starts`.
pub(crate) const WIDTH: usize = 16;

impl Beside {
    /// Nothing may stand there: where a union starts.
    pub(crate) const NOTHING: Self = Self { before: 0, after: 0, starts: true };

    /// What a row of pieces says of the bytes beside some of them.
    pub(crate) fn of(row: &[Piece], these: Range<usize>) -> Self {
        let before = these.start.checked_sub(1).and_then(|at| row.get(at)).map_or(ANY, bits);
        let after = row.get(these.end).map_or(ANY, bits);
        Self { before, after, starts: false }
    }

    /// What may stand beside one or the other.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            before: self.before | other.before,
            after: self.after | other.after,
            starts: self.starts && other.starts,
        }
    }

    /// Whether these bytes may stand there, two before and one after; where a text ends, anything might.
    #[inline]
    pub(crate) fn allows(self, before: [Option<u8>; 2], after: Option<u8>) -> bool {
        let holds = |bits: u64, byte: Option<u8>| byte.map_or(1, |byte| bits >> bit(byte));
        let [second, first] = before;
        let escaped = holds(!WORD, first) | holds(LEADS, second) | u64::from(!self.starts);
        holds(self.before, first) & holds(self.after, after) & escaped & 1 == 1
    }

    #[inline]
    pub(crate) fn from_bytes(bytes: [u8; WIDTH]) -> Self {
        let [before @ .., _, _, _, _, _, _, _, _] = bytes;
        let [_, _, _, _, _, _, _, _, after @ ..] = bytes;
        Self { before: u64::from_le_bytes(before), after: u64::from_le_bytes(after), starts: false }
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
