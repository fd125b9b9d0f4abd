//! The dictionary of a run: its terms in order, each with its positions, packed into blocks of about four kilobytes.
//!
//! In a block a term is stored as what differs from the term before it. Short postings stand beside their term; long
//! ones are rows of their own and the dictionary names them.

use super::error::Damage;
use super::posting::{Form, put_number, take_number};

/// A block is closed before it grows beyond this. Two blocks and their row headers fit into one page of 8192 bytes.
const BLOCK: usize = 4040;

/// Longest posting that stands beside its term.
const INLINE: usize = 384;

/// Where the positions of a term are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    /// Here.
    Inline(Form, Vec<u8>),
    /// In the row of this number.
    Row(Form, i64),
}

/// A closed block, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Its first term.
    pub(super) first: Vec<u8>,
    /// All of its terms.
    pub(super) bytes: Vec<u8>,
}

/// Packs terms into blocks.
#[derive(Debug, Default)]
pub(super) struct Packer {
    block: Block,
    last: Vec<u8>,
}

impl Packer {
    /// Whether a posting of this length must be a row of its own.
    pub(super) fn needs_row(length: usize) -> bool {
        length > INLINE
    }

    /// Adds the next term; gives back the block before it if it is full.
    pub(super) fn add(&mut self, key: &[u8], stored: &Stored) -> Result<Option<Block>, Damage> {
        let room = match stored {
            Stored::Inline(_, bytes) => bytes.len(),
            Stored::Row(..) => 10,
        };
        let full = !self.block.bytes.is_empty() && self.block.bytes.len() + key.len() + room + 7 > BLOCK;
        let closed = full.then(|| std::mem::take(&mut self.block));
        if self.block.bytes.is_empty() {
            key.clone_into(&mut self.block.first);
            self.last.clear();
        }
        let shared = self.last.iter().zip(key).take_while(|(one, two)| one == two).count().min(255);
        let suffix = key.get(shared..).unwrap_or_default();
        let (Ok(shared), Ok(length)) = (u8::try_from(shared), u8::try_from(suffix.len())) else {
            return Err(Damage("a term is too long"));
        };
        self.block.bytes.extend([shared, length]);
        self.block.bytes.extend_from_slice(suffix);
        put_stored(&mut self.block.bytes, stored);
        key.clone_into(&mut self.last);
        Ok(closed)
    }

    /// The last block, if there is one.
    pub(super) fn finish(self) -> Option<Block> {
        (!self.block.bytes.is_empty()).then_some(self.block)
    }
}

fn put_stored(out: &mut Vec<u8>, stored: &Stored) {
    let tag = |form: &Form| u64::from(*form == Form::Bitmap);
    match stored {
        Stored::Inline(form, bytes) => {
            put_number(out, (bytes.len() as u64) << 2 | tag(form));
            out.extend_from_slice(bytes);
        }
        Stored::Row(form, row) => {
            let mut number = Vec::with_capacity(10);
            put_number(&mut number, row.unsigned_abs());
            put_number(out, (number.len() as u64) << 2 | 2 | tag(form));
            out.extend(number);
        }
    }
}

/// Reads the terms of a block, one after the other.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    rest: &'a [u8],
    key: Vec<u8>,
    value: (u64, &'a [u8]),
}

impl<'a> Entries<'a> {
    /// At the beginning of a block.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, key: Vec::with_capacity(48), value: (0, &[]) }
    }

    /// Moves to the next term and gives its key; `None` at the end of the block.
    pub(super) fn next_key(&mut self) -> Result<Option<&[u8]>, Damage> {
        let Some((&[shared, length], rest)) = self.rest.split_first_chunk::<2>() else {
            return if self.rest.is_empty() { Ok(None) } else { Err(Damage("a term is cut off")) };
        };
        let (suffix, mut rest) = rest.split_at_checked(length.into()).ok_or(Damage("a term is cut off"))?;
        self.key.truncate(shared.into());
        self.key.extend_from_slice(suffix);
        let header = take_number(&mut rest)?;
        let length = usize::try_from(header >> 2).map_err(|_| Damage("a posting is too long"))?;
        let (value, rest) = rest.split_at_checked(length).ok_or(Damage("a posting is cut off"))?;
        self.value = (header, value);
        self.rest = rest;
        Ok(Some(&self.key))
    }

    /// Where the positions of the current term are.
    pub(super) fn stored(&self) -> Result<Stored, Damage> {
        let (header, mut value) = self.value;
        let form = if header & 1 == 1 { Form::Bitmap } else { Form::Distances };
        if header & 2 == 0 {
            return Ok(Stored::Inline(form, value.to_vec()));
        }
        let row = i64::try_from(take_number(&mut value)?).map_err(|_| Damage("a posting's row is out of range"))?;
        Ok(Stored::Row(form, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpack(block: &Block) -> Vec<(Vec<u8>, Stored)> {
        let mut entries = Entries::of(&block.bytes);
        let mut found = Vec::new();
        while let Some(key) = entries.next_key().unwrap().map(<[u8]>::to_vec) {
            found.push((key, entries.stored().unwrap()));
        }
        found
    }

    proptest! {
        #[test]
        fn terms_read_back_as_they_were_packed(
            terms in prop::collection::btree_map(prop::collection::vec(0_u8..4, 1..42), (any::<bool>(), any::<u32>()), 1..300),
        ) {
            let entries: Vec<(Vec<u8>, Stored)> = terms.into_iter().map(|(key, (row, number))| {
                let stored = if row { Stored::Row(Form::Bitmap, number.into()) } else {
                    Stored::Inline(Form::Distances, vec![7; number as usize % INLINE])
                };
                (key, stored)
            }).collect();
            let mut packer = Packer::default();
            let mut blocks = Vec::new();
            for (key, stored) in &entries {
                blocks.extend(packer.add(key, stored).unwrap());
            }
            blocks.extend(packer.finish());
            prop_assert!(blocks.iter().all(|block| block.bytes.len() <= BLOCK));
            prop_assert!(blocks.iter().all(|block| unpack(block)[0].0 == block.first));
            prop_assert_eq!(blocks.iter().flat_map(unpack).collect::<Vec<_>>(), entries);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut entries = Entries::of(&bytes);
            while let Ok(Some(_)) = entries.next_key() {
                let _either_is_fine = entries.stored();
            }
        }
    }
}
