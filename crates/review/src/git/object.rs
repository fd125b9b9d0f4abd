//! Objects: what kinds there are, and what commits, trees and tags say.

use super::id::{HashKind, ObjectId};
use crate::report::Why;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// What kind of object it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A state of the project, with those before it.
    Commit,
    /// A folder.
    Tree,
    /// The content of a file.
    Blob,
    /// A signed or described name for another object.
    Tag,
}

impl Kind {
    pub(crate) fn parse(name: &[u8]) -> Option<Self> {
        match name {
            b"commit" => Some(Self::Commit),
            b"tree" => Some(Self::Tree),
            b"blob" => Some(Self::Blob),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }

    /// Its name, as it stands in what is hashed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

impl Object {
    /// Compares an object with the name that it was found under.
    pub(crate) fn check(&self, id: &ObjectId) -> Result<(), Why> {
        let head = format!("{} {}\0", self.kind.name(), self.bytes.len());
        let found = match id.kind() {
            HashKind::Sha1 => Sha1::new().chain_update(&head).chain_update(&self.bytes).finalize().to_vec(),
            HashKind::Sha256 => Sha256::new().chain_update(&head).chain_update(&self.bytes).finalize().to_vec(),
        };
        let is_right = found == id.as_bytes();
        is_right.then_some(()).ok_or_else(|| Why::Corrupt(format!("the object {id} is not what its name says")))
    }
}

/// What a commit says that we need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    /// Seconds since 1970, when it was committed.
    pub(crate) committed: i64,
}

impl Commit {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (mut tree, mut parents, mut committed) = (None, Vec::new(), None);
        for line in headers(bytes) {
            if let Some(id) = line.strip_prefix(b"tree ") {
                tree = tree.or(Some(ObjectId::from_hex(id)?));
            } else if let Some(id) = line.strip_prefix(b"parent ") {
                parents.push(ObjectId::from_hex(id)?);
            } else if let Some(person) = line.strip_prefix(b"committer ") {
                committed = committed.or(Some(signature(person).1));
            }
        }
        Some(Self { tree: tree?, parents, committed: committed.unwrap_or(0) })
    }
}

/// Who wrote a commit or a tag, and when.
pub(crate) fn written(bytes: &[u8]) -> Option<(&[u8], i64)> {
    headers(bytes).find_map(|line| line.strip_prefix(b"author ").or(line.strip_prefix(b"tagger "))).map(signature)
}

/// The object that a tag names.
pub(crate) fn tagged(bytes: &[u8]) -> Option<ObjectId> {
    headers(bytes).find_map(|line| line.strip_prefix(b"object ")).and_then(ObjectId::from_hex)
}

/// The lines before the first empty one.
fn headers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty())
}

/// Splits `Name <address> seconds zone` into the person and the time. Anything may stand there in old repositories.
fn signature(line: &[u8]) -> (&[u8], i64) {
    let Some(end) = memchr::memrchr(b'>', line) else { return (line, 0) };
    let (person, rest) = line.split_at_checked(end + 1).unwrap_or((line, b""));
    let rest = std::str::from_utf8(rest).unwrap_or_default();
    (person, rest.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0))
}

/// What an entry of a tree, or of the staging area, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Folder,
    /// A file, or a link, whose target is its content.
    File,
    /// A commit of another repository.
    Submodule,
}

impl EntryKind {
    /// What a mode stands for; none for modes that git does not write.
    pub(crate) fn of_mode(mode: u32) -> Option<Self> {
        match mode >> 12 {
            0o04 => Some(Self::Folder),
            0o10 | 0o12 => Some(Self::File),
            0o16 => Some(Self::Submodule),
            _ => None,
        }
    }
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeEntry<'a> {
    pub(crate) kind: EntryKind,
    pub(crate) name: &'a [u8],
    pub(crate) id: ObjectId,
}

/// The entries of a tree. The last item is none if the tree is damaged there.
pub(crate) fn tree_entries(mut bytes: &[u8], hash: HashKind) -> impl Iterator<Item = Option<TreeEntry<'_>>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let entry = tree_entry(bytes, hash);
        bytes = entry.map_or(&[], |(_, rest)| rest);
        Some(entry.map(|(entry, _)| entry))
    })
}

fn tree_entry(bytes: &[u8], hash: HashKind) -> Option<(TreeEntry<'_>, &[u8])> {
    let space = memchr::memchr(b' ', bytes.get(..8).unwrap_or(bytes))?;
    let mode = u32::from_str_radix(std::str::from_utf8(bytes.get(..space)?).ok()?, 8).ok()?;
    let rest = bytes.get(space + 1..)?;
    let end = memchr::memchr(0, rest)?;
    let (id, after) = rest.get(end + 1..)?.split_at_checked(hash.length())?;
    let entry =
        TreeEntry { kind: EntryKind::of_mode(mode)?, name: rest.get(..end)?, id: ObjectId::from_bytes(id, hash)? };
    Some((entry, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_commits_say_also_odd_ones() {
        let (tree, parent) = ("1".repeat(40), "2".repeat(40));
        let text = format!(
            "tree {tree}\nparent {parent}\nauthor A <b> C <a@example> 12 +0100\ncommitter D <> -3 +0000\n\nauthor no"
        );
        let commit = Commit::parse(text.as_bytes()).unwrap();
        assert_eq!(commit.committed, -3);
        assert_eq!(written(text.as_bytes()), Some((&b"A <b> C <a@example>"[..], 12)));
        assert_eq!(written(b"tagger T <t> 7 +0000\n\nx"), Some((&b"T <t>"[..], 7)));
        assert_eq!((commit.tree.to_string(), commit.parents[0].to_string()), (tree.clone(), parent));
        assert_eq!(written(b"author who\n"), Some((&b"who"[..], 0)));
        assert_eq!(Commit::parse(b"author who\n"), None);
    }

    #[test]
    fn reads_trees_and_says_where_one_is_damaged() {
        let mut bytes = b"100644 a b\0".to_vec();
        bytes.extend([1; 20]);
        bytes.extend(b"40000 sub\0");
        bytes.extend([2; 20]);
        let entries: Vec<_> = tree_entries(&bytes, HashKind::Sha1).map(Option::unwrap).collect();
        assert_eq!((entries[0].name, entries[0].kind), (&b"a b"[..], EntryKind::File));
        assert_eq!((entries[1].name, entries[1].kind), (&b"sub"[..], EntryKind::Folder));
        assert_eq!(tree_entries(&bytes[..bytes.len() - 1], HashKind::Sha1).last(), Some(None));
        assert_eq!(tree_entries(b"777777777 x\0", HashKind::Sha1).last(), Some(None));
    }
}
