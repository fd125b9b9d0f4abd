//! What the session wrote, as it is to be in the real folder.

use super::draft::Source;
use super::prepare::upper;
use super::stage::own_attributes;
use super::state::{State, errno};
use crate::folder::Folder;
use crate::{Digest, FileType, Node, SessionFolder, TreePath};
use rustix::fs;
use rustix::io::Errno;

/// What the session wrote at `path`, as it is to be in the real folder: with the owner that it had or that its folder
/// has, and without the bits by which a program gets the rights of somebody else.
pub(super) fn written(
    session: &SessionFolder,
    layer: usize,
    root: &Folder,
    path: &TreePath,
    before: &State,
    seen: Option<&Node>,
) -> Result<(State, Option<Source>), Errno> {
    let upper = Folder::root(&upper(session, layer))?;
    if path.is_root() {
        let kept_bits = seen.map_or(0, |node| node.mode & 0o7000);
        let mode = Node::of(&upper.own_stat()?).mode & 0o777 | kept_bits;
        return Ok((with_mode(before, mode), None));
    }
    let folder = upper.below(&path.parent().unwrap_or_default())?;
    let node = Node::at(&folder, path.name())?.ok_or(Errno::NOENT)?;
    let owner = match seen {
        Some(seen) => Some(seen.owner),
        None => new_owner(root, path)?,
    };
    match node.file_type {
        FileType::File => {
            let file = folder.file(path.name())?;
            let (mode, size, modified) = (node.mode & 0o777, node.size, node.modified);
            let mut state = State::File {
                mode,
                size,
                modified,
                digest: Digest::of(b""),
                attributes: own_attributes(&file)?,
                owner,
            };
            let digest = same_contents(&file, before)?;
            if let (State::File { digest: unset, .. }, Some(digest)) = (&mut state, digest) {
                *unset = digest;
                return Ok((state, None));
            }
            Ok((state, Some(Source::Upper)))
        }
        FileType::Folder => {
            let attributes = crate::attributes::read(folder.folder(path.name())?)?.own;
            let kept_bits = match before {
                State::Folder { mode, .. } => mode & 0o7000,
                State::Absent | State::File { .. } | State::Link { .. } | State::Special => inherited_bits(root, path)?,
            };
            Ok((State::Folder { mode: node.mode & 0o777 | kept_bits, attributes, owner }, None))
        }
        FileType::Link => Ok((State::Link { target: node.target.unwrap_or_default(), owner }, None)),
        FileType::Pipe | FileType::Socket | FileType::Device => Err(Errno::NOTSUP),
    }
}

/// The digest of a file, if its contents are those that are there already: then only its metadata changes.
fn same_contents(file: &std::fs::File, before: &State) -> Result<Option<Digest>, Errno> {
    let State::File { size, digest, .. } = before else { return Ok(None) };
    if fs::fstat(file)?.st_size.cast_unsigned() != *size {
        return Ok(None);
    }
    let ours = Digest::reading(file, *size).map_err(|error| errno(&error))?;
    Ok((ours == *digest).then_some(ours))
}

/// A folder with permissions that let us work in it.
pub(super) fn open_to_us(state: State) -> State {
    match state {
        State::Folder { mode, attributes, owner } => State::Folder { mode: mode | 0o700, attributes, owner },
        State::Absent | State::File { .. } | State::Link { .. } | State::Special => state,
    }
}

fn with_mode(state: &State, mode: u32) -> State {
    let mut state = state.clone();
    if let State::Folder { mode: has, .. } = &mut state {
        *has = mode;
    }
    state
}

/// The folder that a new path will be in, or the closest one that exists.
fn closest_folder(root: &Folder, path: &TreePath) -> Result<Node, Errno> {
    let mut folder = path.parent().unwrap_or_default();
    loop {
        match root.below(&folder) {
            Ok(opened) => return Ok(Node::of(&opened.own_stat()?)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if !folder.is_root() => {
                folder = folder.parent().unwrap_or_default();
            }
            Err(error) => return Err(error),
        }
    }
}

/// A folder hands its setgid bit on to those that are made in it.
fn inherited_bits(root: &Folder, path: &TreePath) -> Result<u32, Errno> {
    Ok(closest_folder(root, path)?.mode & 0o2000)
}

/// Whose a new file is. Who is not root can't give files away, and need not.
fn new_owner(root: &Folder, path: &TreePath) -> Result<Option<(u32, u32)>, Errno> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    Ok(Some(closest_folder(root, path)?.owner))
}
