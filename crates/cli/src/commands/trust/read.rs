//! Reads what agents go by: names first, then only those files that matter. No link is followed, nothing that is not a file is
//! opened, and there is an end to everything.

use crate::failure::Failure;
use portcullis_trust::{Entry, File, Kind, LONGEST, Tree, brought_by, roots_of};
use rustix::fs::{FileType, Mode, OFlags};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// More names than a repository has of its own.
const MOST_NAMES: usize = 400_000;
/// Folders are not nested deeper.
const DEEPEST: usize = 64;
/// How much is held of all files together.
const MOST_BYTES: usize = 512 << 20;
/// How much is read to hash a file that is longer than what is looked into.
const MOST_HASHED: u64 = 64 << 30;

/// Folders that hold what was fetched or built, each of which has a lockfile of its own.
const LEFT_OUT: [&str; 5] = [".git", "node_modules", "target", ".venv", "__pycache__"];

/// A tree that was read.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What agents go by.
    pub(super) tree: Tree,
    /// Where the names of the tree begin.
    pub(super) root: PathBuf,
    /// What could not be read, and why.
    pub(super) unread: Vec<(PathBuf, String)>,
}

/// Reads a folder, or one file.
pub(super) fn read(path: &Path) -> Result<Found, Failure> {
    let metadata = fs::metadata(path).map_err(|error| Failure::io("look at", Some(path), &error))?;
    if !metadata.is_dir() {
        let mut found = Found { root: path.parent().map(Path::to_owned).unwrap_or_default(), ..Found::default() };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // The name that it goes by where it lies says what it is: `.claude/settings.json`.
        let folder = path.parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
        let long = folder.map(|folder| format!("{folder}/{name}")).filter(|long| Kind::of(long).is_some());
        if let (Some(long), None) = (long, Kind::of(&name)) {
            found.root = found.root.parent().map(Path::to_owned).unwrap_or_default();
            found.file(path, long);
        } else {
            found.file(path, name);
        }
        return Ok(found);
    }
    let mut found = Found { root: path.to_owned(), ..Found::default() };
    let mut names = Vec::new();
    found.list(path, "", 0, &mut names);
    let roots = roots_of(names.iter().map(String::as_str));
    let mut held = 0;
    for name in names {
        let is_brought = brought_by(&roots, &name).is_some();
        if !is_brought && Kind::of(&name).is_none() {
            continue;
        }
        let path = found.root.join(&name);
        if held > MOST_BYTES {
            found.unread.push((path, "there is more than can be held at once".to_owned()));
            continue;
        }
        held += found.file(&path, name);
    }
    Ok(found)
}

impl Found {
    /// Lists names below a folder, in order.
    fn list(&mut self, folder: &Path, prefix: &str, depth: usize, names: &mut Vec<String>) {
        if depth > DEEPEST || names.len() > MOST_NAMES {
            self.unread.push((folder.to_owned(), "there is more in it than anybody reads".to_owned()));
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.unread.push((folder.to_owned(), error.to_string())),
        };
        let mut below: Vec<(String, bool)> = Vec::new();
        for entry in entries.take(MOST_NAMES) {
            let Ok(entry) = entry else { continue };
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                self.unread.push((entry.path(), "its name is not UTF-8".to_owned()));
                continue;
            };
            let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
            if !(is_folder && LEFT_OUT.contains(&name)) {
                below.push((name.to_owned(), is_folder));
            }
        }
        below.sort_unstable();
        for (name, is_folder) in below {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            if is_folder {
                self.list(&folder.join(&name), &path, depth + 1, names);
            } else {
                names.push(path);
            }
        }
    }

    /// Reads one entry into the tree; gives how much of it is held.
    fn file(&mut self, path: &Path, name: String) -> usize {
        match entry(path) {
            Ok(Some(entry)) => {
                let held = match &entry {
                    Entry::File(file) => file.bytes.len(),
                    Entry::Link(target) => target.len(),
                };
                self.tree.insert(name, entry);
                held
            }
            Ok(None) => {
                self.unread.push((path.to_owned(), "it is a pipe, a socket or a device".to_owned()));
                0
            }
            Err(error) => {
                self.unread.push((path.to_owned(), error.to_string()));
                0
            }
        }
    }
}

/// What a path stands for; none if it is neither a file nor a link.
fn entry(path: &Path) -> io::Result<Option<Entry>> {
    if fs::symlink_metadata(path)?.is_symlink() {
        let target = fs::read_link(path)?;
        return Ok(Some(Entry::Link(target.to_string_lossy().into_owned())));
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = fs::File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    if FileType::from_raw_mode(metadata.mode()) != FileType::RegularFile {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.by_ref().take(LONGEST as u64).read_to_end(&mut bytes)?;
    let mut hash = Sha256::new_with_prefix(&bytes);
    let mut size = bytes.len() as u64;
    let (mut rest, mut buffer) = (file.take(MOST_HASHED), vec![0; 64 * 1024]);
    loop {
        let read = rest.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
    let executable = metadata.permissions().mode() & 0o111 != 0;
    Ok(Some(Entry::File(File { bytes, size, executable, sha256: hash.finalize().into() })))
}
