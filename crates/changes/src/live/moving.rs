//! Moves single things between a workspace and a layer, also where their maker has closed them to their owner, and from one file system to
//! another. No link is followed.

use crate::copy::{contents, like};
use crate::folder::Folder;
use crate::{FileType, Node, TreePath, discard};
use rustix::fs::{self, AtFlags, Gid, Mode, OFlags, RenameFlags, Uid};
use rustix::io::Errno;

/// The folder at a path, by one name after the other: the whole may be longer than the system takes at once.
pub(super) fn descend(root: &Folder, path: &TreePath) -> Result<Folder, Errno> {
    path.names().try_fold(root.below(&TreePath::root())?, |folder, name| discard::open(&folder, name))
}

/// Does something in a folder that its maker may have closed to its owner, which is us.
pub(super) fn with_rights<T>(folder: &Folder, mut action: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    match action() {
        Err(Errno::ACCESS) => {
            let mode = Mode::from_raw_mode(Node::of(&folder.own_stat()?).mode);
            fs::fchmod(folder, mode | Mode::RWXU)?;
            let done = action();
            fs::fchmod(folder, mode)?;
            done
        }
        done => done,
    }
}

pub(super) fn rename((from, name): (&Folder, &[u8]), (to, as_name): (&Folder, &[u8])) -> Result<(), Errno> {
    fs::renameat_with(from, name, to, as_name, RenameFlags::NOREPLACE)
}

/// Moves something, and what is in it, also to another file system.
pub(super) fn move_whole((from, name): (&Folder, &[u8]), to: &Folder) -> Result<(), Errno> {
    match rename((from, name), (to, name)) {
        Err(Errno::XDEV | Errno::ACCESS) => {}
        done => return done,
    }
    let Some(node) = Node::at(from, name)? else { return Ok(()) };
    match node.file_type {
        FileType::Folder => {
            let source = discard::open(from, name)?;
            fs::fchmod(&source, Mode::from_raw_mode(node.mode & 0o777 | 0o700))?;
            fs::mkdirat(to, name, Mode::RWXU)?;
            let target = to.folder(name)?;
            for name in source.names(usize::MAX)?.0 {
                move_whole((&source, &name), &target)?;
            }
            give(to, name, &node)?;
            fs::fchmod(&target, Mode::from_raw_mode(node.mode & 0o777 | 0o700))?;
            fs::unlinkat(from, name, AtFlags::REMOVEDIR)
        }
        FileType::File => {
            let (mut source, mut target) = (readable(from, name, &node)?, to.create(name)?);
            contents(&mut source, &mut target, u64::MAX).map_err(|error| errno_of(&error))?;
            give(to, name, &node)?;
            like(&source, &target, &node)?;
            fs::unlinkat(from, name, AtFlags::empty())
        }
        FileType::Link => {
            fs::symlinkat(node.target.as_deref().unwrap_or_default(), to, name)?;
            give(to, name, &node)?;
            fs::unlinkat(from, name, AtFlags::empty())
        }
        // Nothing is in them, and whoever listened is gone.
        FileType::Pipe | FileType::Socket | FileType::Device => fs::unlinkat(from, name, AtFlags::empty()),
    }
}

/// A file that its maker may have closed to its owner.
pub(super) fn readable(folder: &Folder, name: &[u8], node: &Node) -> Result<std::fs::File, Errno> {
    match folder.file(name) {
        Err(Errno::ACCESS) => {
            discard::allow(folder, name, OFlags::empty(), Mode::from_raw_mode(node.mode & 0o777 | 0o600))?;
            folder.file(name)
        }
        opened => opened,
    }
}

/// Gives what we made to whom the original belonged, if we are root.
pub(super) fn give(folder: &Folder, name: &[u8], node: &Node) -> Result<(), Errno> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(node.owner.0), Gid::from_raw(node.owner.1));
    fs::chownat(folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)
}

pub(super) fn errno_of(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
