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

    /// Whether what stands there may.
    #[expect(clippy::needless_bitwise_bool, reason = "the other operators are branches, which nobody can guess")]
    #[inline]
    pub(crate) fn allows(self, around: Around) -> bool {
        (self.before & around.before != 0) & (self.after & around.after != 0) & (around.apart | !self.starts)
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

/// What stands beside four bytes of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// The bit of the byte before.
    before: u64,
    /// The bit of the byte after.
    after: u64,
    /// No word goes on into the four bytes, unless an escape before them only looks like it.
    apart: bool,
}

impl Around {
    /// Two bytes before, and one after.
    #[inline]
    pub(crate) fn bytes(before: [u8; 2], after: u8) -> Self {
        let [second, first] = before.map(looked_up);
        Self { before: first.bit, after: looked_up(after).bit, apart: !first.is_of_words | second.leads }
    }

    /// The same where the text may end. Anything might stand behind an end.
    pub(crate) fn ends([second, first]: [Option<u8>; 2], after: Option<u8>) -> Self {
        let bit = |byte: Option<u8>| byte.map_or(ANY, |byte| looked_up(byte).bit);
        let apart = first.is_none_or(|it| !is_of_words(it)) || second.is_none_or(|it| looked_up(it).leads);
        Self { before: bit(first), after: bit(after), apart }
    }
}

/// What is known of a byte.
#[derive(Clone, Copy)]
struct Byte {
    bit: u64,
    is_of_words: bool,
    leads: bool,
}

/// The same for all bytes.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
static BYTES: [Byte; 256] = {
    let mut all = [Byte { bit: 0, is_of_words: false, leads: false }; 256];
    let mut byte = u8::MAX;
    loop {
        all[byte as usize] =
            Byte { bit: 1 << bit(byte), is_of_words: is_of_words(byte), leads: LEADS >> bit(byte) & 1 == 1 };
        if byte == 0 {
            break all;
        }
        byte -= 1;
    }
};

#[inline]
fn looked_up(byte: u8) -> Byte {
    let [first, ..] = BYTES;
    BYTES.get(usize::from(byte)).copied().unwrap_or(first)
}

/// The bit that stands for a byte: bits 0 to 4 and bit 6 of it.
const fn bit(byte: u8) -> u8 {
    byte & 0x1f | (byte & 0x40) >> 1
}

fn bits(piece: &Piece) -> u64 {
    match piece {
        Piece::Set(set) => set.folded().iter().fold(0, |bits, byte| bits | 1 << bit(*byte)),
        Piece::Gap { .. } | Piece::Either(_) => ANY,
    }
}
