//! The folder that one detonation is made in. It is held for as long as that lasts, and taken away with all that was made in it;
//! what was left by one that was killed, the next one takes away.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// How a folder of ours is called.
const BEGINS: &str = "world-";

/// How deep folders are opened up to be removed.
const DEEPEST: usize = 4096;

/// A folder, while it is held.
#[derive(Debug)]
pub(super) struct Ground {
    path: PathBuf,
    _held: File,
}

impl Ground {
    /// Makes a new one among those in `folder`.
    pub(super) fn hold(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        clear(folder)?;
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let path = folder.join(format!("{BEGINS}{:016x}", u64::from_ne_bytes(bytes)));
        DirBuilder::new().mode(0o700).create(&path)?;
        let held = File::open(&path)?;
        held.lock()?;
        Ok(Self { path, _held: held })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Takes away what nobody holds.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(BEGINS));
        if is_ours && entry.file_type()?.is_dir() && File::open(entry.path())?.try_lock().is_ok() {
            remove(&entry.path());
        }
    }
    Ok(())
}

/// Removes a folder in which somebody may have closed others.
fn remove(path: &Path) {
    open_up(path, 0);
    // What is left lies in our own state, where the next one tries again.
    fs::remove_dir_all(path).ok();
}

fn open_up(folder: &Path, depth: usize) {
    let Ok(metadata) = fs::symlink_metadata(folder) else { return };
    if !metadata.is_dir() || depth > DEEPEST {
        return;
    }
    if metadata.permissions().mode() & 0o700 != 0o700 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).ok();
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path(), depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_taken_away_and_what_somebody_holds_is_not() {
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join("world-0011223344556677");
        fs::create_dir_all(left.join("closed/in")).unwrap();
        fs::set_permissions(left.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
        fs::write(place.path().join("notes"), "x").unwrap();
        let one = Ground::hold(place.path()).unwrap();
        let other = Ground::hold(place.path()).unwrap();
        assert!(!left.exists() && one.path().is_dir() && place.path().join("notes").is_file());
        let path = other.path().to_owned();
        drop(other);
        assert!(!path.exists() && one.path().is_dir());
    }
}
