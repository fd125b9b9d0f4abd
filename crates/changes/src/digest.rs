//! Contents by their SHA-256, and whether two are the same.

use portcullis_event::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::{self, Read, Write};

/// How much is read at once.
const PIECE: usize = 32 << 10;

/// The SHA-256 of some contents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads to the end and copies what it reads; no more than `most` bytes.
    pub(crate) fn copying(mut from: impl Read, mut to: impl Write, most: u64) -> io::Result<(Self, u64)> {
        let (mut hasher, mut buffer, mut total) = (Sha256::new(), vec![0; PIECE], 0u64);
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => return Ok((Self(hasher.finalize().into()), total)),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let piece = buffer.get(..read).unwrap_or_default();
            total = total.saturating_add(piece.len() as u64);
            if total > most {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it grew while it was read"));
            }
            hasher.update(piece);
            to.write_all(piece)?;
        }
    }

    /// Reads to the end; no more than `most` bytes.
    pub(crate) fn reading(from: impl Read, most: u64) -> io::Result<Self> {
        Self::copying(from, io::sink(), most).map(|(digest, _)| digest)
    }
}

/// Whether both give the same bytes.
pub(crate) fn same(mut left: impl Read, mut right: impl Read) -> io::Result<bool> {
    let (mut ours, mut theirs) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let (a, b) = (fill(&mut left, &mut ours)?, fill(&mut right, &mut theirs)?);
        if ours.get(..a) != theirs.get(..b) {
            return Ok(false);
        }
        if a < PIECE {
            return Ok(true);
        }
    }
}

/// Fills the buffer as far as there is something to read.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = hex::decode_exactly(&text);
        bytes.map(Self).ok_or("a digest is not 64 digits of lower-case hex")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_in_the_last_byte_or_the_length_is_seen() {
        let long = vec![7; PIECE * 2];
        let mut other = long.clone();
        assert!(same(&*long, &*other).unwrap());
        *other.last_mut().unwrap() = 8;
        assert!(!same(&*long, &*other).unwrap());
        assert!(!same(&*long, &long[1..]).unwrap());
        assert!(same(&[][..], &[][..]).unwrap());
    }

    #[test]
    fn what_grows_without_end_is_not_read_without_end() {
        assert!(Digest::reading(io::repeat(0), 1 << 20).is_err());
        assert_eq!(Digest::reading(&b"abc"[..], 3).unwrap(), Digest::of(b"abc"));
    }
}
