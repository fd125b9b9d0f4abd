//! Removes what a session wrote. It may be deeper than any path can be long, and is never followed out of its folder.

use crate::folder::Folder;
use crate::{ChangesError, LockedSession};
use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::path::Path;

/// Folders that are deeper than this are moved up before they are entered.
const DEEPEST: usize = 64;

impl LockedSession {
    /// Takes the session away, as if it had never been: for one that changed nothing. It goes out of sight in one step,
    /// and what a crash left of others goes with it.
    pub fn remove(self) -> Result<(), ChangesError> {
        let folder = self.folder().path().to_owned();
        let (Some(store), Some(id)) = (folder.parent(), folder.file_name().and_then(OsStr::to_str)) else {
            return Ok(());
        };
        let gone = store.join(format!("{GONE}{id}"));
        std::fs::rename(&folder, &gone).map_err(ChangesError::io("take away", &folder))?;
        drop(self);
        let entries = std::fs::read_dir(store).map_err(ChangesError::io("list", store))?;
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(GONE)) {
                clear(&entry.path());
            }
        }
        Ok(())
    }
}

/// What the name of a folder begins with that is on its way out. No session is called like that.
const GONE: &str = ".gone-";

/// Removes a folder. Another run may be at it as well, and what stays now is removed by the next.
fn clear(path: &Path) {
    if let Ok(folder) = Folder::root(path) {
        empty(&folder).ok();
        std::fs::remove_dir(path).ok();
    }
}

/// Empties a folder.
pub(crate) fn empty(folder: &Folder) -> Result<(), Errno> {
    let mut moved = 0u64;
    loop {
        within(folder, folder, 0, &mut moved)?;
        // What was moved up is in there now.
        if folder.names(1)?.0.is_empty() {
            return Ok(());
        }
    }
}

fn within(top: &Folder, folder: &Folder, depth: usize, moved: &mut u64) -> Result<(), Errno> {
    for name in folder.names(usize::MAX)?.0 {
        match fs::unlinkat(folder, name.as_slice(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::ISDIR | Errno::PERM | Errno::ACCESS) => {}
            Err(error) => return Err(error),
        }
        if depth >= DEEPEST {
            *moved += 1;
            fs::renameat(folder, name.as_slice(), top, format!("\u{1}moved-{moved}"))?;
            continue;
        }
        within(top, &open(folder, &name)?, depth + 1, moved)?;
        fs::unlinkat(folder, name.as_slice(), AtFlags::REMOVEDIR)?;
    }
    Ok(())
}

/// Opens a folder that may forbid it to its owner, which is us.
pub(crate) fn open(folder: &Folder, name: &[u8]) -> Result<Folder, Errno> {
    match folder.folder(name) {
        Err(Errno::ACCESS) => {
            allow(folder, name, OFlags::DIRECTORY, Mode::RWXU)?;
            folder.folder(name)
        }
        opened => opened,
    }
}

/// Gives something these permissions that may forbid everything to its owner, which is us.
pub(crate) fn allow(folder: &Folder, name: &[u8], kind: OFlags, mode: Mode) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC | kind;
    let found = fs::openat(folder, name, flags, Mode::empty())?;
    // Through the descriptor, so that it is this one and no other.
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&found));
    fs::chmod(path, mode)
}
