//! What was deleted: a name, and all that was below it. Each file is told by itself, because a folder that goes can
//! take something with it that matters.

use super::walk::{Stop, Walk};
use crate::folder::Folder;
use crate::{Change, ChangeKind, Node, Obstacle, TreePath};
use rustix::io::Errno;

impl Walk<'_> {
    /// `name` of the lower folder is gone.
    pub(super) fn deleted(&mut self, parent: &TreePath, depth: usize, lower: &Folder, name: &[u8]) -> Result<(), Stop> {
        let Some(path) = parent.join(name) else { return Ok(()) };
        let Some(before) = Node::at(lower, name).map_err(|errno| Stop::System(path.clone(), errno))? else {
            return Ok(());
        };
        if self.was_left_out(&path, &before) {
            return Ok(());
        }
        let is_folder = before.is_folder();
        let change = Change::new(path, ChangeKind::Deleted, Some(before), None);
        if !is_folder {
            return self.found(change);
        }
        if depth >= self.limits.depth {
            return self.refused(change, Obstacle::TooDeep);
        }
        self.found(change)?;
        self.deleted_within(parent, depth, lower, name)
    }

    /// All that is in the folder `name` of the lower folder is gone.
    pub(super) fn deleted_within(
        &mut self,
        parent: &TreePath,
        depth: usize,
        lower: &Folder,
        name: &[u8],
    ) -> Result<(), Stop> {
        let Some(path) = parent.join(name) else { return Ok(()) };
        let folder = match lower.folder(name) {
            Ok(folder) => folder,
            Err(errno) => return self.closed(&path, errno),
        };
        let (names, more) = match folder.names(self.limits.changes) {
            Ok(names) => names,
            Err(errno) => return self.closed(&path, errno),
        };
        if more {
            return Err(Stop::TooMany);
        }
        names.iter().try_for_each(|name| self.deleted(&path, depth + 1, &folder, name))
    }

    /// A folder that was deleted in the session and can't be looked into: it stays.
    fn closed(&mut self, path: &TreePath, errno: Errno) -> Result<(), Stop> {
        let why = if errno == Errno::XDEV { Obstacle::OtherMount } else { Obstacle::Unreadable };
        if let Some(last) = self.changes.last_mut().filter(|last| last.path == *path) {
            last.obstacle = Some(why);
            return Ok(());
        }
        self.refused(Change::new(path.clone(), ChangeKind::Deleted, None, None), why)
    }
}
