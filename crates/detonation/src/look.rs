//! What lies in a folder, so that two looks tell what changed. Nobody is inside while it is looked at. No link is followed, and
//! nothing is opened that is not a file.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// More entries are not told apart.
const MOST: usize = 50_000;
/// Folders are not nested deeper.
const DEEPEST: usize = 48;
/// How much of a file is read.
const LONGEST: u64 = 1 << 20;
/// What lies in a folder, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    entries: BTreeMap<String, Entry>,
    /// Whether there was more than is told apart.
    cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    /// Device, number, size, and when it was changed: the kernel keeps the last, and nobody inside can set it.
    seen: (u64, u64, u64, i64, i64),
    mode: u32,
    hash: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Other,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    New,
    /// It is not what it was.
    Changed,
    /// It is not there any more.
    Gone,
}

impl Look {
    /// Looks at a folder. What did not change since `before` is not read again.
    pub fn at(root: &Path, before: Option<&Self>) -> Self {
        let mut look = Self::default();
        look.folder(root, "", 0, before);
        look
    }

    /// What changed since `before`, by path.
    pub fn since(&self, before: &Self) -> Vec<(String, Change)> {
        let mut changes = Vec::new();
        for (path, entry) in &self.entries {
            match before.entries.get(path) {
                None => changes.push((path.clone(), Change::New)),
                Some(old) if (old.kind, old.hash, old.mode) != (entry.kind, entry.hash, entry.mode) => {
                    changes.push((path.clone(), Change::Changed));
                }
                Some(_) => {}
            }
        }
        // What was not come to is not gone.
        let gone = before.entries.keys().filter(|path| !self.cut && !self.entries.contains_key(*path));
        changes.extend(gone.map(|path| (path.clone(), Change::Gone)));
        changes
    }

    /// Whether a file lies there.
    pub fn has(&self, path: &str) -> bool {
        self.entries.get(path).is_some_and(|entry| entry.kind == Kind::File)
    }

    /// Whether all of it was seen.
    pub fn is_whole(&self) -> bool {
        !self.cut
    }

    fn folder(&mut self, root: &Path, prefix: &str, depth: usize, before: Option<&Self>) {
        let folder = root.join(prefix);
        // Whoever was inside may have closed it. It is a folder of ours, and no link: its kind was looked at, and nobody is inside.
        let opened = fs::read_dir(&folder).or_else(|_| {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
            fs::read_dir(&folder)
        });
        let Ok(entries) = opened else {
            self.cut = true;
            return;
        };
        for entry in entries.flatten() {
            if self.entries.len() >= MOST || depth > DEEPEST {
                self.cut = true;
                return;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
            if metadata.is_dir() {
                self.folder(root, &path, depth + 1, before);
                continue;
            }
            let kind = match () {
                () if metadata.is_file() => Kind::File,
                () if metadata.is_symlink() => Kind::Link,
                () => Kind::Other,
            };
            let seen = (metadata.dev(), metadata.ino(), metadata.size(), metadata.ctime(), metadata.ctime_nsec());
            let known = before.and_then(|before| before.entries.get(&path)).filter(|old| old.seen == seen);
            let hash = known.map_or_else(|| hash(&entry.path(), kind), |old| old.hash);
            self.entries.insert(path, Entry { kind, seen, mode: metadata.mode() & 0o7777, hash });
        }
    }
}

fn hash(path: &Path, kind: Kind) -> u64 {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    match kind {
        Kind::File => {
            let file = fs::OpenOptions::new().read(true).custom_flags(crate::scene::no_link_no_wait()).open(path);
            let mut bytes = Vec::new();
            if let Ok(file) = file {
                file.metadata().map(|it| it.size()).unwrap_or_default().hash(&mut hasher);
                file.take(LONGEST).read_to_end(&mut bytes).ok();
            }
            bytes.hash(&mut hasher);
        }
        Kind::Link => fs::read_link(path).unwrap_or_default().hash(&mut hasher),
        Kind::Other => {}
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_seen_and_nothing_is_followed() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir(root.join("in")).unwrap();
        for name in ["same", "changed", "gone", "in/deep"] {
            fs::write(root.join(name), "one").unwrap();
        }
        let before = Look::at(root, None);
        fs::write(root.join("changed"), "two").unwrap();
        fs::write(root.join("in/deep"), "one").unwrap();
        fs::write(root.join("new"), "").unwrap();
        fs::remove_file(root.join("gone")).unwrap();
        std::os::unix::fs::symlink("/", root.join("link")).unwrap();
        let changes = Look::at(root, Some(&before)).since(&before);
        let shown: Vec<(&str, Change)> = changes.iter().map(|(path, change)| (path.as_str(), *change)).collect();
        assert!(changes.len() == 4 && Look::at(root, None).is_whole());
        assert_eq!(
            shown,
            [("changed", Change::Changed), ("link", Change::New), ("new", Change::New), ("gone", Change::Gone)]
        );
    }
}
