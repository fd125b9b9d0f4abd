//! A copy of what is taken along of a user's own settings, brought up to date for each run: what has not changed since the
//! last one is left as it is, for plugins can be thousands of files.
//!
//! A copy and not the folder itself: the folder holds logins and what was said in other projects, and its owner's own
//! agent may be writing to it. Links are followed, since many people keep their settings elsewhere; wherever they lead,
//! policy is asked about the name there as well.

use super::secrets;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Files at most, and bytes at most, of all that is taken along of one folder. What is above stays outside.
const MOST_FILES: usize = 4096;
const MOST_BYTES: u64 = 64 << 20;

/// How deep folders are looked into.
const DEEPEST: usize = 12;

/// What files of settings are called that lie in folders. Programs of plugins are as everybody has them, and so many that
/// looking through each would be felt.
const SETTINGS: &[&str] = &["json", "jsonc", "toml", "yaml", "yml", "ini", "conf", "env"];

/// How large a file may be to be looked through for keys. A larger one is no file of settings.
const MOST_OF_SETTINGS: u64 = 1 << 20;

/// Copies, as long as there is room.
pub(super) struct Copy<'a> {
    /// Whether a real path, or the name that led to it, may not be shown.
    denied: &'a dyn Fn(&Path) -> bool,
    files: usize,
    bytes: u64,
    left_out: usize,
    /// What belongs to the copy.
    taken: BTreeSet<PathBuf>,
}

impl<'a> Copy<'a> {
    pub(super) fn new(denied: &'a dyn Fn(&Path) -> bool) -> Self {
        Self { denied, files: 0, bytes: 0, left_out: 0, taken: BTreeSet::new() }
    }

    /// How many files were left out for want of room.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    /// Copies a file or a folder. What is not there, or may not be shown, is left out; so is what is neither.
    pub(super) fn take(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.take_at(from, to, 0)
    }

    /// Removes what an earlier run had copied and does not belong to the copy any more.
    pub(super) fn remove_rest(&self, below: &Path) -> io::Result<()> {
        for entry in fs::read_dir(below)? {
            let path = entry?.path();
            if !self.taken.contains(&path) {
                remove(&path)?;
            } else if path.is_dir() {
                self.remove_rest(&path)?;
            }
        }
        Ok(())
    }

    fn take_at(&mut self, from: &Path, to: &Path, depth: usize) -> io::Result<()> {
        let Ok(real) = fs::canonicalize(from) else { return Ok(()) };
        if (self.denied)(from) || real != from && (self.denied)(&real) {
            return Ok(());
        }
        let Ok(metadata) = fs::metadata(&real) else { return Ok(()) };
        if metadata.is_dir() && depth < DEEPEST {
            make_room(to, Metadata::is_dir)?;
            folder(to)?;
            self.taken.insert(to.to_owned());
            let Ok(entries) = fs::read_dir(&real) else { return Ok(()) };
            for entry in entries.flatten() {
                // Of a plugin's history nothing is needed.
                if entry.file_name() != ".git" {
                    self.take_at(&real.join(entry.file_name()), &to.join(entry.file_name()), depth + 1)?;
                }
            }
        } else if metadata.is_file() {
            make_room(to, Metadata::is_file)?;
            self.file(&real, to, &metadata, depth == 0 || is_settings(from))?;
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &Path, metadata: &Metadata, is_settings: bool) -> io::Result<()> {
        let left = if self.files < MOST_FILES { MOST_BYTES.saturating_sub(self.bytes) } else { 0 };
        if metadata.len() > left {
            self.left_out += 1;
            return Ok(());
        }
        (self.files, self.bytes) = (self.files + 1, self.bytes + metadata.len());
        if !is_settings && is_as_it_was(metadata, to) {
            self.taken.insert(to.to_owned());
            return Ok(());
        }
        // What can't be read outside can't be read inside either; what grew meanwhile is none of what was counted.
        let Ok(Some(bytes)) = read(from, metadata.len()) else { return Ok(()) };
        self.taken.insert(to.to_owned());
        let is_looked_through = is_settings || is_own_script(to);
        write(to, if is_looked_through { clean(bytes, from) } else { bytes }, metadata.permissions().mode())?;
        File::options().write(true).open(to)?.set_modified(metadata.modified()?)
    }
}

fn is_settings(file: &Path) -> bool {
    file.extension().and_then(|it| it.to_str()).is_some_and(|it| SETTINGS.contains(&it))
}

/// Folders of scripts that people write for themselves, and put a key into. Those of plugins are everybody's.
const OF_SCRIPTS: [&str; 4] = ["hooks", "skills", "commands", "scripts"];

fn is_own_script(file: &Path) -> bool {
    let lies_in = |name: &str| file.components().any(|part| part.as_os_str() == name);
    OF_SCRIPTS.iter().any(|name| lies_in(name)) && !lies_in("plugins") && !lies_in("node_modules")
}

/// The file as it may be shown.
pub(super) fn shown(from: &Path) -> Option<Vec<u8>> {
    let real = fs::canonicalize(from).ok()?;
    read(&real, MOST_OF_SETTINGS).ok().flatten().map(|bytes| clean(bytes, from))
}

/// Keeps keys out of what is small enough to be a file of settings.
fn clean(bytes: Vec<u8>, from: &Path) -> Vec<u8> {
    let name = from.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    if bytes.len() as u64 <= MOST_OF_SETTINGS { secrets::replaced(&bytes, &name) } else { bytes }
}

/// A whole file of at most so many bytes. Nothing is read of what is no file, such as a pipe that nobody writes to.
fn read(from: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let open = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(from, open, rustix::fs::Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// Whether a copy of an earlier run is one of this very file.
fn is_as_it_was(metadata: &Metadata, copy: &Path) -> bool {
    let same = |copy: Metadata| copy.len() == metadata.len() && copy.modified().ok() == metadata.modified().ok();
    fs::symlink_metadata(copy).is_ok_and(same)
}

/// Removes what is in the way of a copy, unless it `fits`.
fn make_room(at: &Path, fits: impl Fn(&Metadata) -> bool) -> io::Result<()> {
    match fs::symlink_metadata(at) {
        Ok(there) if !fits(&there) => remove(at),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Writes a file that its owner can change.
pub(super) fn write(to: &Path, bytes: Vec<u8>, mode: u32) -> io::Result<()> {
    fs::write(to, bytes)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o600 | mode & 0o111))
}

/// Makes a folder of one's own, and those above it.
pub(super) fn folder(at: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    fn tree() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir_all(from.join("skills/one")).unwrap();
        fs::write(from.join("skills/one/SKILL.md"), "text").unwrap();
        (root, from, to)
    }

    #[test]
    fn what_a_link_leads_to_is_copied_unless_its_real_name_is_denied() {
        let (root, from, to) = tree();
        fs::write(root.path().join("id_rsa"), "planted").unwrap();
        fs::write(root.path().join("notes"), "shown").unwrap();
        symlink(root.path().join("id_rsa"), from.join("skills/harmless")).unwrap();
        symlink(root.path().join("notes"), from.join("skills/notes")).unwrap();
        symlink(from.join("skills"), from.join("skills/again")).unwrap();
        let denied = |path: &Path| path.ends_with("id_rsa");
        let mut copy = Copy::new(&denied);
        copy.take(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("skills/one/SKILL.md")).unwrap(), "text");
        assert_eq!(fs::read_to_string(to.join("skills/notes")).unwrap(), "shown");
        assert!(!to.join("skills/harmless").exists());
    }

    #[test]
    fn a_copy_follows_what_is_outside_and_is_not_written_again_without_need() {
        let (_root, from, to) = tree();
        fs::write(from.join("skills/one/gone"), "x").unwrap();
        fs::create_dir(from.join("skills/turns")).unwrap();
        fs::write(from.join("skills/turns/file"), "x").unwrap();
        let copied = || {
            let mut copy = Copy::new(&|_| false);
            copy.take(&from, &to).unwrap();
            copy.remove_rest(&to).unwrap();
        };
        copied();
        let written =
            || std::os::unix::fs::MetadataExt::ctime_nsec(&fs::metadata(to.join("skills/one/SKILL.md")).unwrap());
        let before = written();
        fs::remove_file(from.join("skills/one/gone")).unwrap();
        fs::remove_dir_all(from.join("skills/turns")).unwrap();
        fs::write(from.join("skills/turns"), "a file now").unwrap();
        copied();
        assert_eq!(written(), before, "it was written again");
        assert!(to.join("skills/turns").is_file() && !to.join("skills/one/gone").exists());
        fs::write(from.join("skills/one/SKILL.md"), "other text").unwrap();
        fs::remove_file(from.join("skills/turns")).unwrap();
        fs::create_dir(from.join("skills/turns")).unwrap();
        copied();
        assert_eq!(fs::read_to_string(to.join("skills/one/SKILL.md")).unwrap(), "other text");
        assert!(to.join("skills/turns").is_dir());
    }

    #[test]
    fn keys_are_replaced_in_files_of_settings_wherever_they_lie() {
        let key = ["ghp", "_"].concat() + &"aB3x9Kq2Z".repeat(4);
        let (_root, from, to) = tree();
        let text = format!("{{\"token\": \"{key}\"}}");
        for name in ["skills/one/settings.json", "skills/one/config.yaml"] {
            fs::write(from.join(name), &text).unwrap();
        }
        fs::create_dir(from.join("skills/.git")).unwrap();
        fs::write(from.join("top"), &text).unwrap();
        Copy::new(&|_| false).take(&from, &to).unwrap();
        Copy::new(&|_| false).take(&from.join("top"), &to.join("top")).unwrap();
        for name in ["skills/one/settings.json", "skills/one/config.yaml", "top"] {
            let seen = fs::read_to_string(to.join(name)).unwrap();
            assert!(!seen.contains(&key) && seen.contains("token"), "{name}: {seen}");
        }
        assert!(!to.join("skills/.git").exists());
    }

    #[test]
    fn what_is_neither_file_nor_folder_is_left_out_and_nobody_waits_for_it() {
        let (_root, from, to) = tree();
        let pipe = from.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        Copy::new(&|_| false).take(&from, &to).unwrap();
        assert!(!to.join("pipe").exists() && to.join("skills").is_dir());
        assert_eq!(read(&pipe, 9).unwrap(), None);
    }

    #[test]
    fn there_is_an_end_to_what_is_taken_along() {
        let (_root, from, to) = tree();
        File::create(from.join("large")).unwrap().set_len(MOST_BYTES + 1).unwrap();
        let mut copy = Copy::new(&|_| false);
        copy.take(&from, &to).unwrap();
        copy.remove_rest(&to).unwrap();
        assert!(!to.join("large").exists() && to.join("skills/one/SKILL.md").exists());
        assert_eq!(copy.left_out(), 1);
        copy.files = MOST_FILES;
        copy.take(&from, &to.join("again")).unwrap();
        assert!(!to.join("again/skills/one/SKILL.md").exists());
    }
}
