//! Whether something in the upper folder differs from what is in the lower one, and in what. An overlay copies a file
//! up whenever it is opened for writing, so being there does not mean that it changed.

use crate::attributes::{self, Marked};
use crate::folder::Folder;
use crate::{Change, ChangeKind, Contents, FileType, Node, Obstacle, TreePath, digest};
use rustix::io::Errno;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// How much of a file is looked at to tell text from other contents.
const BEGINNING: usize = 8000;

/// A file. `Ok(None)` if nothing that matters differs: neither contents nor permissions nor attributes.
pub(super) fn file(
    upper: &Folder,
    lower: Option<&Folder>,
    name: &[u8],
    before: Option<&Node>,
    after: &Node,
    largest: u64,
) -> Result<Option<(ChangeKind, Contents)>, Obstacle> {
    if after.size > largest {
        return Err(Obstacle::TooLarge);
    }
    let unreadable = |_| Obstacle::Unreadable;
    let ours = upper.file(name).map_err(unreadable)?;
    let marked = attributes::read(&ours).map_err(unreadable)?;
    if marked.foreign {
        return Err(Obstacle::OverlayMark);
    }
    let contents = contents(&ours).map_err(|_| Obstacle::Unreadable)?;
    let (Some(before), Some(lower)) = (before, lower) else { return Ok(Some((ChangeKind::Added, contents))) };
    if before.file_type != FileType::File {
        return Ok(Some((ChangeKind::Replaced, contents)));
    }
    let theirs = lower.file(name).map_err(unreadable)?;
    let theirs_marked = attributes::read(&theirs).map_err(unreadable)?;
    let same = before.size == after.size && digest::same(&ours, &theirs).map_err(|_| Obstacle::Unreadable)?;
    let kind = if same { metadata(before, after, &marked, &theirs_marked) } else { Some(ChangeKind::Modified) };
    Ok(kind.map(|kind| (kind, contents)))
}

/// A folder that both trees have.
pub(super) fn folder(marked: &Marked, change: &Change, lower: &Folder) -> Result<Option<ChangeKind>, Errno> {
    let theirs = attributes::read(lower)?;
    let nodes = change.before.as_ref().zip(change.after.as_ref());
    Ok(nodes.and_then(|(before, after)| metadata(before, after, marked, &theirs)))
}

fn metadata(before: &Node, after: &Node, ours: &Marked, theirs: &Marked) -> Option<ChangeKind> {
    if ours.own != theirs.own {
        Some(ChangeKind::Attributes)
    } else if before.mode != after.mode {
        Some(ChangeKind::Mode)
    } else {
        None
    }
}

/// A link.
pub(super) fn link(path: TreePath, before: Option<Node>, after: Node) -> Option<Change> {
    let kind = match &before {
        None => ChangeKind::Added,
        Some(before) if before.file_type != FileType::Link => ChangeKind::Replaced,
        Some(before) if before.target != after.target => ChangeKind::Modified,
        Some(_) => return None,
    };
    Some(Change::new(path, kind, before, Some(after)))
}

/// A pipe, a socket or a device.
pub(super) fn special(path: TreePath, before: Option<Node>, after: Node) -> Option<Change> {
    let kind = match &before {
        None => ChangeKind::Added,
        Some(before) if (before.file_type, before.special) != (after.file_type, after.special) => ChangeKind::Replaced,
        Some(before) if before.mode != after.mode => ChangeKind::Mode,
        Some(_) => return None,
    };
    Some(Change::new(path, kind, before, Some(after)))
}

/// Text if the beginning is UTF-8 without NUL. Does not move the file's position.
fn contents(file: &File) -> std::io::Result<Contents> {
    let mut beginning = [0; BEGINNING];
    let read = file.read_at(&mut beginning, 0)?;
    let bytes = beginning.get(..read).unwrap_or_default();
    // The last character may be cut.
    let cut = |error: std::str::Utf8Error| error.error_len().is_none() && read == BEGINNING;
    let is_text = !bytes.contains(&0) && std::str::from_utf8(bytes).map_or_else(cut, |_| true);
    Ok(if is_text { Contents::Text } else { Contents::Binary })
}
