//! What folders of the staging area looked like when they were last written as trees. Where that is still true, a folder is
//! compared by one name, whatever the number of files in it.

use crate::git::{HashKind, ObjectId};

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    name: Vec<u8>,
    /// Its tree, unless something in it was staged since.
    pub(crate) tree: Option<ObjectId>,
    folders: Vec<Folder>,
}

/// Deeper than any path can be.
const DEPTH: usize = 2048;

impl Folder {
    /// Reads the folder of all files. One that makes no sense is as good as none.
    pub(crate) fn parse(data: &[u8], hash: HashKind) -> Option<Self> {
        folder(data, hash, 0).map(|(folder, _)| folder)
    }

    /// The folder of this name in this one.
    pub(crate) fn folder(&self, name: &[u8]) -> Option<&Self> {
        self.folders.iter().find(|folder| folder.name == name)
    }
}

fn folder(data: &[u8], hash: HashKind, depth: usize) -> Option<(Folder, &[u8])> {
    let end = memchr::memchr(0, data)?;
    let (name, rest) = (data.get(..end)?, data.get(end + 1..)?);
    let end = memchr::memchr(b'\n', rest)?;
    let (entries, count) = std::str::from_utf8(rest.get(..end)?).ok()?.split_once(' ')?;
    let (entries, count): (i64, usize) = (entries.parse().ok()?, count.parse().ok()?);
    let mut rest = rest.get(end + 1..)?;
    let mut tree = None;
    if entries >= 0 {
        let (id, after) = rest.split_at_checked(hash.length())?;
        (tree, rest) = (ObjectId::from_bytes(id, hash), after);
    }
    let mut folders = Vec::new();
    for _ in 0..count {
        let (below, after) = folder(rest, hash, Some(depth + 1).filter(|depth| *depth < DEPTH)?)?;
        folders.push(below);
        rest = after;
    }
    Some((Folder { name: name.to_vec(), tree, folders }, rest))
}
