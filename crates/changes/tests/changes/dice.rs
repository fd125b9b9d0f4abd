//! Random trees and what a session does to them. The same seed gives the same.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Numbers that look random: xorshift.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn of<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"A",
    b"main.rs",
    b"README.md",
    b"Readme.md",
    b".git",
    b"hooks",
    b"x y",
    b"new\nline",
    b"\xff\xfe",
    b"d",
];

/// Every path below a folder, parents first.
fn paths(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut within: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        within.sort();
        for path in within {
            if path.is_dir() && !path.is_symlink() {
                folders.push(path.clone());
            }
            found.push(path);
        }
    }
    found
}

fn any_path(root: &Path, dice: &mut Dice) -> Option<PathBuf> {
    let all = paths(root);
    (!all.is_empty()).then(|| all[usize::try_from(dice.below(all.len() as u64)).unwrap()].clone())
}

/// A path that may or may not exist, in a folder that does.
fn any_place(root: &Path, dice: &mut Dice) -> PathBuf {
    let folders: Vec<PathBuf> = paths(root).into_iter().filter(|path| path.is_dir() && !path.is_symlink()).collect();
    let index = usize::try_from(dice.below(folders.len() as u64 + 2)).unwrap();
    let folder = folders.get(index).cloned().unwrap_or_else(|| root.to_owned());
    folder.join(OsStr::from_bytes(dice.of(NAMES)))
}

fn contents(dice: &mut Dice) -> Vec<u8> {
    let length = dice.of(&[&0u64, &1, &5, &300, &9_000]);
    (0..*length).map(|_| u8::try_from(dice.below(4)).unwrap() + b'a').collect()
}

fn remove(path: &Path) {
    let removed = if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    drop(removed);
}

fn set_time(path: &Path, dice: &mut Dice) {
    if let Ok(file) = fs::File::options().write(true).open(path) {
        let nanoseconds = u32::try_from(dice.below(1_000_000_000)).unwrap();
        drop(file.set_modified(UNIX_EPOCH + Duration::new(1_000_000_000 + dice.below(500_000_000), nanoseconds)));
    }
}

fn write(path: &Path, dice: &mut Dice) {
    if path.is_symlink() || path.is_dir() {
        remove(path);
    }
    fs::write(path, contents(dice)).unwrap();
    set_time(path, dice);
}

/// Does one thing to a tree. What can't be done is not done.
fn act(root: &Path, dice: &mut Dice) {
    let place = any_place(root, dice);
    let Some(existing) = any_path(root, dice) else { return write(&place, dice) };
    let is_file = existing.is_file() && !existing.is_symlink();
    match dice.below(16) {
        0..=3 => write(&place, dice),
        4 => drop(fs::create_dir(&place)),
        5 => remove(&existing),
        6 if is_file => {
            let file = fs::OpenOptions::new().append(true).open(&existing);
            drop(file.and_then(|mut file| file.write_all(b"more")));
            set_time(&existing, dice);
        }
        7 if !place.starts_with(&existing) => drop(fs::rename(&existing, &place)),
        8 => drop(symlink(OsStr::from_bytes(dice.of(&[&b"a"[..], b"../..", b"/etc/passwd", b"\xff"])), &place)),
        9 if !existing.is_symlink() => {
            let mode = if existing.is_dir() {
                *dice.of(&[&0o700, &0o755, &0o711])
            } else {
                *dice.of(&[&0o600, &0o644, &0o755])
            };
            drop(fs::set_permissions(&existing, fs::Permissions::from_mode(mode)));
        }
        10 if !existing.is_symlink() => {
            let name = dice.of(&["user.one", "user.two"]);
            let _ = rustix::fs::setxattr(
                &existing,
                name,
                &[b'x', b'a' + u8::try_from(dice.below(3)).unwrap()],
                rustix::fs::XattrFlags::empty(),
            );
        }
        11 if !existing.is_symlink() => drop(rustix::fs::removexattr(&existing, "user.one")),
        12 if is_file => drop(fs::hard_link(&existing, &place)),
        // Opened for writing and left as it is: an overlay copies it up.
        13 if is_file => drop(fs::OpenOptions::new().append(true).open(&existing)),
        14 if existing.is_dir() && !existing.is_symlink() => {
            remove(&existing);
            drop(fs::create_dir(&existing));
            write(&existing.join("again"), dice);
        }
        15 => {
            remove(&existing);
            write(&existing, dice);
        }
        _ => drop(fs::create_dir_all(place.join("deep/er"))),
    }
}

/// Fills a folder.
pub(crate) fn fill(root: &Path, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..dice.below(24) {
        act(root, &mut dice);
    }
    // A file with several names is one thing; what is compared here are trees.
    for path in paths(root) {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_file() && metadata.nlink() > 1 {
            let (mode, contents) = (metadata.permissions(), fs::read(&path).unwrap());
            fs::remove_file(&path).unwrap();
            fs::write(&path, contents).unwrap();
            fs::set_permissions(&path, mode).unwrap();
        }
    }
}

/// What a session does.
pub(crate) fn change(root: &Path, seed: u64) {
    let mut dice = Dice::new(seed ^ 0x5555);
    for _ in 0..=dice.below(16) {
        act(root, &mut dice);
    }
}
