//! Packs: files that hold many objects, most of them as changes to others.

pub(crate) mod delta;
pub(crate) mod entry;
pub(crate) mod forest;
pub(crate) mod index;
mod read;

use super::id::HashKind;
use crate::report::Why;
use index::Index;
pub(crate) use read::PackReader;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// A chain of changes is never longer in what git writes. A longer one is made to cost time.
pub(crate) const LONGEST_CHAIN: usize = 4096;

/// A pack with its index.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    /// Its length without the checksum at its end.
    pub(crate) end: u64,
    pub(crate) index: Index,
    pub(crate) hash: HashKind,
}

impl Pack {
    /// Opens the pack that belongs to the index at `path`.
    pub(crate) fn open(path: &Path, hash: HashKind) -> Result<Self, Why> {
        let unreadable = |error: std::io::Error| Why::Unreadable(error.to_string());
        let index = Index::parse(std::fs::read(path).map_err(unreadable)?, hash)?;
        let path = path.with_extension("pack");
        let file = File::open(&path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let end =
            length.checked_sub(hash.length() as u64).ok_or_else(|| Why::Corrupt("the pack is cut off".to_owned()))?;
        let pack = Self { path, file, end, index, hash };
        pack.check_ends()?;
        Ok(pack)
    }

    /// Whether the pack is one, and the one that the index belongs to.
    fn check_ends(&self) -> Result<(), Why> {
        let (mut head, mut tail) = ([0; 12], [0; 32]);
        let tail = tail.get_mut(..self.hash.length()).unwrap_or_default();
        let read = self.file.read_exact_at(&mut head, 0).and_then(|()| self.file.read_exact_at(tail, self.end));
        read.map_err(|error| Why::Unreadable(error.to_string()))?;
        let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, count @ ..] = head else {
            return Err(Why::Corrupt("the pack does not start like one".to_owned()));
        };
        if u32::from_be_bytes(count) as usize != self.index.len() || tail != self.index.pack_checksum() {
            return Err(Why::Corrupt("the index belongs to another pack".to_owned()));
        }
        Ok(())
    }
}
