//! What four bytes may belong to.

use crate::beside::{self, Beside};

/// What four bytes may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// A match of a rule.
    Rule {
        /// The number of the rule.
        rule: u16,
        /// It starts at least so many bytes before; -1 if it starts one byte later.
        least: i16,
        /// It starts at most so many bytes before.
        most: i16,
    },
    /// A word.
    Word {
        /// The number of the word.
        word: u16,
        /// It starts so many bytes before.
        offset: i16,
    },
}

/// An entry with what may stand beside the four bytes if they belong to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) entry: Entry,
    pub(super) beside: Beside,
}

/// Bytes of an entry: its kind, a number and two lengths, and what may stand beside.
pub(super) const WIDTH: usize = 8 + beside::WIDTH;

/// Bits of the kind.
const WORD: u16 = 1;
const STARTS: u16 = 2;

impl Asked {
    pub(super) fn to_bytes(self) -> [u8; WIDTH] {
        let (kind, number, least, most) = match self.entry {
            Entry::Rule { rule, least, most } => (0, rule, least, most),
            Entry::Word { word, offset } => (WORD, word, offset, offset),
        };
        let kind = kind | if self.beside.starts { STARTS } else { 0 };
        let parts = [kind.to_le_bytes(), number.to_le_bytes(), least.to_le_bytes(), most.to_le_bytes()];
        let mut bytes = [0; WIDTH];
        bytes
            .iter_mut()
            .zip(parts.into_iter().flatten().chain(self.beside.to_bytes()))
            .for_each(|(to, from)| *to = from);
        bytes
    }

    #[inline]
    pub(super) fn from_bytes(bytes: [u8; WIDTH]) -> Self {
        let [k0, k1, n0, n1, l0, l1, m0, m1, beside @ ..] = bytes;
        let (kind, number) = (u16::from_le_bytes([k0, k1]), u16::from_le_bytes([n0, n1]));
        let (least, most) = (i16::from_le_bytes([l0, l1]), i16::from_le_bytes([m0, m1]));
        let entry = if kind & WORD == 0 {
            Entry::Rule { rule: number, least, most }
        } else {
            Entry::Word { word: number, offset: least }
        };
        Self { entry, beside: Beside { starts: kind & STARTS != 0, ..Beside::from_bytes(beside) } }
    }
}
