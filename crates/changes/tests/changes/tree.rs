//! A tree of files as a value, so that two can be compared whole.

use portcullis_changes::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Folder { mode: u32, attributes: BTreeMap<String, Vec<u8>> },
    File { mode: u32, contents: String, attributes: BTreeMap<String, Vec<u8>>, modified: (i64, i64) },
    Link { target: PathBuf },
    Other { mode: u32 },
}

/// Everything below a folder, and the folder itself.
pub(crate) type Tree = BTreeMap<PathBuf, Entry>;

/// Reads a tree.
pub(crate) fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    add(root, Path::new(""), &mut tree);
    tree
}

fn add(root: &Path, path: &Path, tree: &mut Tree) {
    let full = root.join(path);
    let metadata = fs::symlink_metadata(&full).unwrap();
    let mode = metadata.mode() & 0o7777;
    let entry = if metadata.is_dir() {
        let attributes = if path.as_os_str().is_empty() { BTreeMap::new() } else { attributes(&full) };
        for child in fs::read_dir(&full).unwrap() {
            add(root, &path.join(child.unwrap().file_name()), tree);
        }
        Entry::Folder { mode, attributes }
    } else if metadata.is_file() {
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Entry::File { mode, contents: brief(&fs::read(&full).unwrap()), attributes: attributes(&full), modified }
    } else if metadata.is_symlink() {
        Entry::Link { target: fs::read_link(&full).unwrap() }
    } else {
        Entry::Other { mode: metadata.mode() }
    };
    tree.insert(path.to_owned(), entry);
}

/// Contents short enough to be printed.
fn brief(contents: &[u8]) -> String {
    let digest = Digest::of(contents).to_string();
    format!("{} bytes, {}", contents.len(), digest.get(..12).unwrap())
}

/// The user's attributes.
pub(crate) fn attributes(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names = vec![0; 4096];
    let length = rustix::fs::listxattr(path, &mut names).unwrap();
    let names = names[..length].split(|&byte| byte == 0).map(|name| String::from_utf8(name.to_vec()).unwrap());
    let names = names.filter(|name| name.starts_with("user.") && !name.starts_with("user.overlay."));
    let value = |name: &str| {
        let mut value = vec![0; 4096];
        let length = rustix::fs::getxattr(path, name, &mut value).unwrap();
        value[..length].to_vec()
    };
    names.map(|name| (name.clone(), value(&name))).collect()
}

/// The paths at which two trees differ in more than the time of a file.
pub(crate) fn differences(one: &Tree, other: &Tree) -> Vec<PathBuf> {
    let timeless = |tree: &Tree, path: &PathBuf| tree.get(path).cloned().map(without_time);
    let paths: BTreeSet<&PathBuf> = one.keys().chain(other.keys()).collect();
    paths.into_iter().filter(|path| timeless(one, path) != timeless(other, path)).cloned().collect()
}

fn without_time(entry: Entry) -> Entry {
    match entry {
        Entry::File { mode, contents, attributes, modified: _ } => {
            Entry::File { mode, contents, attributes, modified: (0, 0) }
        }
        Entry::Folder { .. } | Entry::Link { .. } | Entry::Other { .. } => entry,
    }
}

/// The tree, where the times of files do not count.
pub(crate) fn without_times(tree: &Tree) -> Tree {
    tree.iter().map(|(path, entry)| (path.clone(), without_time(entry.clone()))).collect()
}

/// The time of a file.
pub(crate) fn time(tree: &Tree, path: &Path) -> Option<(i64, i64)> {
    match tree.get(path)? {
        Entry::File { modified, .. } => Some(*modified),
        Entry::Folder { .. } | Entry::Link { .. } | Entry::Other { .. } => None,
    }
}
