//! Makes a layer of a copy: what did not change is removed from it, and what was deleted is marked, so that a session does not
//! keep a second workspace for as long as it is kept.
//!
//! It can be broken off anywhere. First what was deleted is marked, which says nothing new of a copy; then the session says
//! that this is a layer; only then is removed what is like the original.

use crate::attributes;
use crate::folder::Folder;
use crate::{ChangeSet, ChangesError, FileType, Layer, LockedSession, Node, TreePath};
use rustix::fs::{AtFlags, XattrFlags, fsetxattr, unlinkat};
use rustix::io::Errno;
use std::collections::BTreeSet;

/// Marks of an overlay: this empty file stands for what was deleted, and this folder may hold such files.
const WHITEOUT: &str = "user.overlay.whiteout";
const HOLDS_WHITEOUTS: (&str, &[u8]) = ("user.overlay.opaque", b"x");

/// No folder of a copy is deeper: [`crate::CopyLimits`].
const DEEPEST: usize = 128;
/// More names than this are in no folder of a copy.
const MOST: usize = 500_000;

impl LockedSession {
    /// Makes layers of copies. `sets` are the changes, just read. What can't be made one stays a copy.
    pub fn thin<'a>(&mut self, sets: impl IntoIterator<Item = &'a ChangeSet>) -> Result<(), ChangesError> {
        for set in sets {
            let found = self.session().layers.iter().position(|layer| layer.whole && layer.lower == set.lower);
            let Some(index) = found else { continue };
            let Some(layer) = self.session().layers.get(index).cloned() else { continue };
            let Ok(thinning) = Thinning::of(&layer, set) else { continue };
            if !thinning.mark(&TreePath::root(), &thinning.upper, &thinning.lower, 0).unwrap_or(false) {
                continue;
            }
            self.update(|session| {
                if let Some(layer) = session.layers.get_mut(index) {
                    layer.whole = false;
                }
            })?;
            thinning.prune(&TreePath::root(), &thinning.upper, 0).ok();
        }
        Ok(())
    }
}

struct Thinning<'a> {
    upper: Folder,
    lower: Folder,
    protected: &'a [TreePath],
    /// What is told of, deleted or not.
    kept: BTreeSet<&'a TreePath>,
}

impl<'a> Thinning<'a> {
    fn of(layer: &'a Layer, set: &'a ChangeSet) -> Result<Self, Errno> {
        let kept = set.changes.iter().map(|change| &change.path).collect();
        let (upper, lower) = (Folder::root(&set.upper)?, Folder::root(&set.lower)?);
        Ok(Self { upper, lower, protected: &layer.protected, kept })
    }

    /// Marks what was deleted. False if there are marks already that would mean something else in a layer.
    fn mark(&self, path: &TreePath, upper: &Folder, lower: &Folder, depth: usize) -> Result<bool, Errno> {
        let marked = attributes::read(upper)?;
        let (below, too_many) = lower.names(MOST)?;
        if marked.opaque || marked.foreign || too_many || depth > DEEPEST {
            return Ok(false);
        }
        for name in below {
            let Some(path) = path.join(&name) else { continue };
            let Some(before) = Node::at(lower, &name)? else { continue };
            match Node::at(upper, &name)? {
                Some(after) if after.is_folder() && before.is_folder() => {
                    let (Ok(upper), Ok(lower)) = (upper.folder(&name), lower.folder(&name)) else { continue };
                    if !self.mark(&path, &upper, &lower, depth + 1)? {
                        return Ok(false);
                    }
                }
                Some(_) => {}
                None if self.was_left_out(&path, &before) => {}
                None => {
                    fsetxattr(upper, HOLDS_WHITEOUTS.0, HOLDS_WHITEOUTS.1, XattrFlags::empty())?;
                    fsetxattr(upper.create(&name)?, WHITEOUT, b"y", XattrFlags::empty())?;
                }
            }
        }
        Ok(true)
    }

    fn was_left_out(&self, path: &TreePath, before: &Node) -> bool {
        let copied = matches!(before.file_type, FileType::File | FileType::Folder | FileType::Link);
        !copied || self.protected.iter().any(|protected| path.is_within(protected))
    }

    /// Removes what nothing is told of. Whether the folder is empty then.
    fn prune(&self, path: &TreePath, folder: &Folder, depth: usize) -> Result<bool, Errno> {
        let (names, too_many) = folder.names(MOST)?;
        let mut empty = !too_many && depth <= DEEPEST;
        for name in names.iter().filter(|_| depth <= DEEPEST) {
            let Some(path) = path.join(name) else { continue };
            let is_folder = Node::at(folder, name)?.is_some_and(|node| node.is_folder());
            let emptied = match folder.folder(name) {
                Ok(within) if is_folder => self.prune(&path, &within, depth + 1).unwrap_or(false),
                Ok(_) | Err(_) => !is_folder,
            };
            let flags = if is_folder { AtFlags::REMOVEDIR } else { AtFlags::empty() };
            let removed = emptied && !self.kept.contains(&path) && unlinkat(folder, name.as_slice(), flags).is_ok();
            empty &= removed;
        }
        Ok(empty)
    }
}
