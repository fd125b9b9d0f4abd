//! Files that were read by somebody else: what a scan looks at and what a lock holds. Nothing is opened here.

use std::collections::BTreeMap;

/// The most bytes of a file that are looked into. What is longer is known by its hash and its first bytes.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// A file, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What is in it, at most [`LONGEST`] bytes.
    pub bytes: Vec<u8>,
    /// How long it is.
    pub size: u64,
    /// Whether it may be run.
    pub executable: bool,
    /// SHA-256 of all of it.
    pub sha256: [u8; 32],
}

impl File {
    /// Whether all of it was read.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.size
    }
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File(File),
    /// A symbolic link, and what it says.
    Link(String),
}

/// Names and what they stand for. A name is relative, with `/` between its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// Adds an entry; the last one of a name counts.
    pub fn insert(&mut self, path: impl Into<String>, entry: Entry) {
        self.entries.insert(path.into(), entry);
    }

    /// A file of the tree.
    pub fn file(&self, path: &str) -> Option<&File> {
        match self.entries.get(path)? {
            Entry::File(file) => Some(file),
            Entry::Link(_) => None,
        }
    }

    /// All entries, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// The entries below a folder, with names that are relative to it; all of them for the empty name.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        // Whatever lies below a folder stands together in the order of names.
        let from = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let below = self.entries.range(from..).map(|(path, entry)| (within(path, folder), entry));
        below.map_while(|(path, entry)| Some((path?, entry)))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The rest of a path that lies below a folder.
pub(crate) fn within<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// The folder that a path lies in; empty at the top.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(crate) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
impl Tree {
    /// A tree of texts, for tests.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.insert(*path, Entry::File(file(text.as_bytes(), false)));
        }
        tree
    }
}

#[cfg(test)]
pub(crate) fn file(bytes: &[u8], executable: bool) -> File {
    use sha2::Digest as _;
    File { bytes: bytes.to_vec(), size: bytes.len() as u64, executable, sha256: sha2::Sha256::digest(bytes).into() }
}
