//! Compares the checksums at the ends of packs and their indexes with what stands before them: an error anywhere in them
//! is noticed, also one after which they still make sense.

use crate::git::HashKind;
use crate::git::pack::Pack;
use crate::report::Why;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

/// Checks a pack.
pub(crate) fn pack(pack: &Pack) -> Result<(), Why> {
    let unreadable = |error: io::Error| Why::Unreadable(error.to_string());
    let found = digest(pack.hash, FromStart { file: &pack.file, at: 0 }.take(pack.end)).map_err(unreadable)?;
    let mut expected = vec![0; pack.hash.length()];
    pack.file.read_exact_at(&mut expected, pack.end).map_err(unreadable)?;
    compare(&found, &expected, "the pack does not have the checksum that it ends with")
}

/// Checks the index of a pack.
pub(crate) fn index(pack: &Pack) -> Result<(), Why> {
    let (bytes, expected) = pack.index.checked();
    let found = digest(pack.hash, bytes).map_err(|error| Why::Unreadable(error.to_string()))?;
    compare(&found, expected, "the index of the pack does not have the checksum that it ends with")
}

fn compare(found: &[u8], expected: &[u8], otherwise: &str) -> Result<(), Why> {
    if found == expected { Ok(()) } else { Err(Why::Corrupt(otherwise.to_owned())) }
}

fn digest(hash: HashKind, from: impl Read) -> io::Result<Vec<u8>> {
    match hash {
        HashKind::Sha1 => digest_with::<Sha1>(from),
        HashKind::Sha256 => digest_with::<Sha256>(from),
    }
}

fn digest_with<D: Digest>(mut from: impl Read) -> io::Result<Vec<u8>> {
    let (mut digest, mut buffer) = (D::new(), vec![0; 128 << 10]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(digest.finalize().to_vec());
        }
        digest.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Reads a file that other threads read as well.
struct FromStart<'f> {
    file: &'f File,
    at: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(out, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
