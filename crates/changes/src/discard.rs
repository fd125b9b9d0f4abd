//! Removes what a session wrote. It may be deeper than any path can be long, and is never followed out of its folder.

use crate::folder::Folder;
use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;

/// Folders that are deeper than this are moved up before they are entered.
const DEEPEST: usize = 64;

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
fn open(folder: &Folder, name: &[u8]) -> Result<Folder, Errno> {
    match folder.folder(name) {
        Err(Errno::ACCESS) => {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let found = fs::openat(folder, name, flags, Mode::empty())?;
            // Through the descriptor, so that it is this folder and no other.
            let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&found));
            fs::chmod(path, Mode::RWXU)?;
            folder.folder(name)
        }
        opened => opened,
    }
}
