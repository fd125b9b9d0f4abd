//! Keeps what is about to go.

use super::state::{State, errno};
use crate::folder::Folder;
use crate::{Digest, FileType, Node, attributes};
use rustix::fs::{self, AtFlags, Timespec, Timestamps};
use rustix::io::Errno;
use std::fs::File;

/// Keeps what lies at `name` in `folder` as `kept` in `keep`, and says what it is. `Ok(None)` if it is not what was seen.
pub(crate) fn keep(
    folder: &Folder,
    name: &[u8],
    seen: &Node,
    keep: &Folder,
    kept: &[u8],
) -> Result<Option<State>, Errno> {
    let owner = Some(seen.owner);
    match seen.file_type {
        FileType::Link => Ok(Some(State::Link { target: seen.target.clone().unwrap_or_default(), owner })),
        FileType::Folder => {
            let attributes = attributes::read(folder.folder(name)?)?.own;
            Ok(Some(State::Folder { mode: seen.mode, attributes, owner }))
        }
        FileType::File => keep_file(folder, name, seen, keep, kept),
        FileType::Pipe | FileType::Socket | FileType::Device => Ok(Some(State::Special)),
    }
}

/// Files below this are copied: whoever has one open could still write to it under its other name.
const SMALL: u64 = 1 << 20;

/// A large file that has no other name is kept by giving it one, which costs nothing. Else, or where that is not
/// possible, it is copied.
fn keep_file(folder: &Folder, name: &[u8], seen: &Node, keep: &Folder, kept: &[u8]) -> Result<Option<State>, Errno> {
    let file = folder.file(name)?;
    let node = Node::of(&fs::fstat(&file)?);
    if !node.is_same_as(seen) {
        return Ok(None);
    }
    let attributes = attributes::read(&file)?.own;
    let linked =
        node.links == 1 && node.size >= SMALL && fs::linkat(folder, name, keep, kept, AtFlags::empty()).is_ok();
    let is_same_inode = || Ok(keep.stat(kept)?.is_some_and(|stat| Node::of(&stat).inode == node.inode));
    let read = if linked {
        if !is_same_inode()? {
            return Ok(None);
        }
        Digest::copying(&file, std::io::sink(), u64::MAX)
    } else {
        let copy = keep.create(kept)?;
        let read = Digest::copying(&file, &copy, u64::MAX);
        dress(
            &copy,
            &State::File {
                mode: node.mode & 0o777,
                size: node.size,
                modified: node.modified,
                digest: Digest::of(b""),
                attributes: attributes.clone(),
                owner: None,
            },
        )?;
        read
    };
    let (digest, size) = read.map_err(|error| errno(&error))?;
    // It may have been written to while it was read.
    let still = Node::of(&fs::fstat(&file)?);
    if !still.is_same_as(&node) || size != node.size {
        return Ok(None);
    }
    let (mode, modified, owner) = (node.mode, node.modified, Some(node.owner));
    Ok(Some(State::File { mode, size, modified, digest, attributes, owner }))
}

/// Gives a file its owner, attributes, permissions and time: in this order, because each undoes what comes after it.
pub(crate) fn dress(file: &File, state: &State) -> Result<(), Errno> {
    match state {
        State::File { mode, modified, attributes, owner, .. } => {
            own(file, *owner)?;
            attributes::write(file, attributes)?;
            fs::fchmod(file, fs::Mode::from_raw_mode(*mode))?;
            let modified = Timespec { tv_sec: modified.seconds, tv_nsec: modified.nanoseconds.into() };
            // The time of the last access says nothing; it is left as it is.
            let untouched = Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT };
            fs::futimens(file, &Timestamps { last_access: untouched, last_modification: modified })
        }
        State::Folder { mode, attributes, owner } => {
            own(file, *owner)?;
            attributes::write(file, attributes)?;
            fs::fchmod(file, fs::Mode::from_raw_mode(*mode))
        }
        State::Absent | State::Link { .. } | State::Special => Ok(()),
    }
}

fn own(file: &File, owner: Option<(u32, u32)>) -> Result<(), Errno> {
    let Some((user, group)) = owner else { return Ok(()) };
    let has = Node::of(&fs::fstat(file)?).owner;
    if has == (user, group) {
        return Ok(());
    }
    match fs::fchown(file, Some(fs::Uid::from_raw(user)), Some(fs::Gid::from_raw(group))) {
        // Who is not in the group can't give it anything, and saving the file in an editor would do the same.
        Err(Errno::PERM) if has.0 == user => Ok(()),
        other => other,
    }
}
