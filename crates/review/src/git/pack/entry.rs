//! The head of an entry in a pack.

use crate::git::id::{HashKind, ObjectId};
use crate::git::object::Kind;

/// What an entry is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// The object itself.
    Whole(Kind),
    /// A change to the object that starts there in the same pack.
    FromOffset(u64),
    /// A change to the object of that name.
    FromId(ObjectId),
}

/// The head of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) made: Made,
    /// The size of the object, or of the change, when it is inflated.
    pub(crate) size: u64,
    /// Where its compressed data starts.
    pub(crate) data: u64,
}

/// The longest that a head can be.
pub(crate) const LONGEST: usize = 10 + 10 + 32;

impl Entry {
    /// Reads the head of the entry that starts at `offset` with `bytes`.
    pub(crate) fn parse(bytes: &[u8], offset: u64, hash: HashKind) -> Option<Self> {
        let (&first, mut rest) = bytes.split_first()?;
        let mut size = u64::from(first & 0x0f);
        let (mut more, mut shift) = (first & 0x80 != 0, 4);
        while more {
            let (&byte, after) = rest.split_first()?;
            // A size that does not fit in 63 bits is nonsense.
            if shift > 56 {
                return None;
            }
            size |= u64::from(byte & 0x7f) << shift;
            (more, shift, rest) = (byte & 0x80 != 0, shift + 7, after);
        }
        let made = match first >> 4 & 7 {
            1 => Made::Whole(Kind::Commit),
            2 => Made::Whole(Kind::Tree),
            3 => Made::Whole(Kind::Blob),
            4 => Made::Whole(Kind::Tag),
            6 => {
                let (distance, after) = distance(rest)?;
                rest = after;
                Made::FromOffset(offset.checked_sub(distance).filter(|base| distance > 0 && *base > 0)?)
            }
            7 => {
                let (id, after) = rest.split_at_checked(hash.length())?;
                rest = after;
                Made::FromId(ObjectId::from_bytes(id, hash)?)
            }
            _ => return None,
        };
        Some(Self { made, size, data: offset + (bytes.len() - rest.len()) as u64 })
    }
}

/// How far back the base is: big-endian groups of seven bits, each but the last one short by one.
fn distance(mut rest: &[u8]) -> Option<(u64, &[u8])> {
    let mut distance: u64 = 0;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        distance = distance.checked_shl(7).filter(|_| distance < 1 << 56)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((distance, rest));
        }
        distance += 1;
    }
}
