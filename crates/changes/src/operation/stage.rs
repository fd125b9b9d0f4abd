//! Makes ready what is to come, in a folder beside the places where it will be.

use super::keep::dress;
use super::state::{State, errno};
use crate::folder::Folder;
use crate::{ChangesError, Digest, Node, attributes};
use rustix::fs::{self, AtFlags, Mode, RenameFlags};
use rustix::io::Errno;
use std::fs::File;

/// Makes `wanted` as `name` in the stage, and says which inode that is. The digest of a file is that of what was copied.
pub(crate) fn make(
    stage: &Folder,
    name: &[u8],
    wanted: &mut State,
    contents: Option<&File>,
) -> Result<Option<(u64, u64)>, Errno> {
    match wanted {
        State::Absent | State::Special => return Ok(None),
        State::Link { target, owner } => {
            fs::symlinkat(target.as_slice(), stage, name)?;
            if let Some((user, group)) = *owner {
                let (user, group) = (fs::Uid::from_raw(user), fs::Gid::from_raw(group));
                match fs::chownat(stage, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW) {
                    // Whose a link is matters to nobody.
                    Ok(()) | Err(Errno::PERM) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        State::Folder { .. } => {
            fs::mkdirat(stage, name, Mode::RWXU)?;
            let folder = stage.folder(name)?;
            dress(&File::from(folder.into_fd()), wanted)?;
        }
        State::File { size, digest, .. } => {
            let file = stage.create(name)?;
            let from = contents.ok_or(Errno::NOENT)?;
            let (copied, length) = Digest::copying(from, &file, u64::MAX).map_err(|error| errno(&error))?;
            (*digest, *size) = (copied, length);
            dress(&file, wanted)?;
        }
    }
    let made = stage.stat(name)?.ok_or(Errno::NOENT)?;
    let node = Node::of(&made);
    Ok(Some((node.device, node.inode)))
}

/// Opens the stage of a layer; `None` if it is gone.
pub(crate) fn open(root: &Folder, name: &str) -> Result<Option<Folder>, Errno> {
    match root.folder(name.as_bytes()) {
        Ok(stage) => Ok(Some(stage)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes the stage of a layer. Nobody else may look into it.
pub(crate) fn create(root: &Folder, name: &str) -> Result<Folder, Errno> {
    fs::mkdirat(root, name, Mode::RWXU)?;
    root.folder(name.as_bytes())
}

/// Removes from a stage what was made ready and not used, and then the stage itself. What is not ours stays, and so does
/// the stage: `false`.
pub(crate) fn clear(root: &Folder, name: &str, is_ours: impl Fn(&[u8], &Node) -> bool) -> Result<bool, Errno> {
    let Some(stage) = open(root, name)? else { return Ok(true) };
    let (items, _) = stage.names(usize::MAX)?;
    for item in items {
        let Some(node) = Node::at(&stage, &item)? else { continue };
        if is_ours(&item, &node) {
            let flags = if node.is_folder() { AtFlags::REMOVEDIR } else { AtFlags::empty() };
            fs::unlinkat(&stage, item.as_slice(), flags)?;
        }
    }
    match fs::unlinkat(root, name, AtFlags::REMOVEDIR) {
        Ok(()) => Ok(true),
        Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Renames without replacing anything, on every file system.
pub(crate) fn rename_new(from: &Folder, old: &[u8], to: &Folder, new: &[u8]) -> Result<(), Errno> {
    match fs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE) {
        // Not every file system can do this in one step; there, a moment is left in which somebody may be faster.
        Err(Errno::INVAL | Errno::NOSYS) if to.stat(new)?.is_none() => fs::renameat(from, old, to, new),
        Err(Errno::INVAL | Errno::NOSYS) => Err(Errno::EXIST),
        renamed => renamed,
    }
}

/// Says what went wrong with which file.
pub(crate) fn failed(
    action: &'static str,
    root: &std::path::Path,
    path: &crate::TreePath,
) -> impl FnOnce(Errno) -> ChangesError {
    let path = root.join(path.as_path());
    move |errno| ChangesError::io(action, &path)(errno.into())
}

/// The user's attributes of the file `name`.
pub(crate) fn own_attributes(file: &File) -> Result<attributes::Attributes, Errno> {
    attributes::read(file).map(|marked| marked.own)
}
