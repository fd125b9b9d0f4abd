//! The ways by which objects came into a history, as they are kept for the next scan: to find them takes a walk over all of
//! it.
//!
//! They hold as long as the references lead to the same commits. A way is the commit that brought the object and, from its
//! folder to the file, the numbers of entries: no name is written down. Each is gone again before it is believed.

use crate::git::object::{Commit, EntryKind, TreeEntry, tree_entries, written};
use crate::git::objects::ObjectReader;
use crate::git::{HashKind, Kind, ObjectId, Repository, refs};
use crate::origin::{Introduced, Whence};
use crate::report::Why;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a walk over a history starts, and what else decides what it comes to.
#[derive(Debug)]
pub(crate) struct Tips {
    pub(crate) head: Option<ObjectId>,
    pub(crate) all: Vec<ObjectId>,
    /// Tells these tips from others.
    digest: [u8; 32],
}

impl Tips {
    /// Reads the references of a repository.
    pub(crate) fn read(repository: &Repository, most: u64) -> Result<Self, Why> {
        let head = refs::resolve(repository, "HEAD")?;
        let named = refs::all(repository)?;
        let mut digest = Sha256::new().chain_update(most.to_le_bytes());
        for (name, id) in &named {
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name);
            digest.update(id.as_bytes());
        }
        // Lists of names of one length each, with what they are between them.
        for (what, ids) in [(b"head", head.into_iter().collect()), (b"cuts", repository.shallow()?)] {
            digest.update(what);
            for id in ids {
                digest.update(id.as_bytes());
            }
        }
        Ok(Self { head, all: named.into_values().chain(head).collect(), digest: digest.finalize().into() })
    }
}

/// How an object came into a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// No commit that a reference leads to has it.
    Nowhere,
    /// By a commit, the oldest one that has it; from its folder on by these entries.
    By { commit: ObjectId, entries: Vec<u32>, in_head: bool },
}

/// The ways of some objects, and the tips from which they were found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    tips: [u8; 32],
    ways: BTreeMap<ObjectId, Way>,
}

impl Ways {
    pub(crate) fn new(tips: &Tips, ways: impl IntoIterator<Item = (ObjectId, Way)>) -> Self {
        Self { tips: tips.digest, ways: ways.into_iter().collect() }
    }

    /// How all these objects came into the history; none unless every way is known, and leads there still.
    pub(crate) fn of(
        &self,
        tips: &Tips,
        wanted: &HashMap<ObjectId, Kind>,
        reader: &mut ObjectReader<'_>,
    ) -> Option<HashMap<ObjectId, Whence>> {
        let whence = |(id, kind): (&ObjectId, &Kind)| Some((*id, self.ways.get(id)?.whence(*id, *kind, reader)?));
        if self.tips == tips.digest { wanted.iter().map(whence).collect() } else { None }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.tips.to_vec();
        for (id, way) in &self.ways {
            bytes.extend_from_slice(id.as_bytes());
            let Way::By { commit, entries, in_head } = way else {
                bytes.push(NOWHERE);
                continue;
            };
            bytes.push(if *in_head { IN_HEAD } else { BEFORE });
            bytes.extend_from_slice(commit.as_bytes());
            bytes.extend((entries.len() as u64).to_le_bytes());
            bytes.extend(entries.iter().flat_map(|entry| entry.to_le_bytes()));
        }
        bytes
    }

    /// What was written that way; none if this was not.
    pub(crate) fn from_bytes(bytes: &[u8], hash: HashKind) -> Option<Self> {
        let (tips, mut rest) = bytes.split_first_chunk::<32>()?;
        let mut ways = BTreeMap::new();
        while !rest.is_empty() {
            let id = ObjectId::from_bytes(rest.split_off(..hash.length())?, hash)?;
            let way = match rest.split_off_first()? {
                &NOWHERE => Way::Nowhere,
                kind @ &(IN_HEAD | BEFORE) => {
                    let commit = ObjectId::from_bytes(rest.split_off(..hash.length())?, hash)?;
                    let (count, after) = rest.split_first_chunk::<8>()?;
                    let length = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(4)?;
                    let (entries, after) = after.split_at_checked(length)?;
                    rest = after;
                    let entries = entries.as_chunks::<4>().0.iter().map(|entry| u32::from_le_bytes(*entry)).collect();
                    Way::By { commit, entries, in_head: *kind == IN_HEAD }
                }
                _ => return None,
            };
            ways.insert(id, way);
        }
        Some(Self { tips: *tips, ways })
    }
}

const NOWHERE: u8 = 0;
const BEFORE: u8 = 1;
const IN_HEAD: u8 = 2;

impl Way {
    /// Where it leads from; none if it does not lead to the object.
    pub(crate) fn whence(&self, id: ObjectId, kind: Kind, reader: &mut ObjectReader<'_>) -> Option<Whence> {
        let Self::By { commit, entries, in_head } = self else { return Some(Whence::Nowhere) };
        let object = reader.read(commit).ok()?;
        let path = match kind {
            Kind::Commit | Kind::Tag if *commit == id && entries.is_empty() => None,
            Kind::Commit | Kind::Tag | Kind::Tree => return None,
            Kind::Blob => Some(path(Commit::parse(&object.bytes)?.tree, entries, id, reader)?),
        };
        let (author, time) = written(&object.bytes).unwrap_or_default();
        let author = String::from_utf8_lossy(author).into_owned();
        Some(Whence::Commit(Arc::new(Introduced { time, commit: *commit, path, author, in_head: *in_head })))
    }
}

/// The path of the file that these entries lead to, if it is this one.
fn path(mut folder: ObjectId, entries: &[u32], file: ObjectId, reader: &mut ObjectReader<'_>) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    let (last, folders) = entries.split_last()?;
    for number in folders {
        let tree = reader.read(&folder).ok()?;
        let entry = entry(&tree.bytes, *number, folder.kind()).filter(|entry| entry.kind == EntryKind::Folder)?;
        path.push(OsStr::from_bytes(entry.name));
        folder = entry.id;
    }
    let tree = reader.read(&folder).ok()?;
    let entry = entry(&tree.bytes, *last, folder.kind())?;
    path.push(OsStr::from_bytes(entry.name));
    (entry.kind == EntryKind::File && entry.id == file).then_some(path)
}

fn entry(tree: &[u8], number: u32, hash: HashKind) -> Option<TreeEntry<'_>> {
    tree_entries(tree, hash).nth(usize::try_from(number).ok()?).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = ObjectId> {
        any::<[u8; 20]>().prop_map(|bytes| ObjectId::from_bytes(&bytes, HashKind::Sha1).unwrap())
    }

    fn way() -> impl Strategy<Value = Way> {
        let by = (id(), proptest::collection::vec(any::<u32>(), 0..5), any::<bool>());
        prop_oneof![Just(Way::Nowhere), by.prop_map(|(commit, entries, in_head)| Way::By { commit, entries, in_head })]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tips: [u8; 32], ways in proptest::collection::btree_map(id(), way(), 0..5), cut: usize) {
            let ways = Ways { tips, ways };
            let bytes = ways.to_bytes();
            prop_assert!(Ways::from_bytes(&bytes, HashKind::Sha1).is_some_and(|read| read == ways));
            let cut = bytes.get(..cut % (bytes.len() + 1)).unwrap();
            prop_assert!(Ways::from_bytes(cut, HashKind::Sha1).is_none_or(|part| part.ways.len() <= ways.ways.len()));
        }

        #[test]
        fn anything_at_all_is_read_without_a_panic(bytes: Vec<u8>) {
            Ways::from_bytes(&bytes, HashKind::Sha256);
        }
    }
}
