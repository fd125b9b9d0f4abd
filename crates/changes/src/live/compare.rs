//! What differs between a workspace as it was and as it is. Contents are not read: nobody can set the moment at which anything about a
//! file was changed last.

use super::record::Record;
use super::walk::{Entry, Survey};
use crate::folder::Folder;
use crate::{
    Change, ChangeKind, ChangesError, FileType, LayerName, LockedSession, Obstacle, TreePath, classify, digest,
};

impl Record {
    /// The changes, in the order of the paths.
    pub(crate) fn changes(&self, now: &Survey) -> Vec<Change> {
        let mut changes: Vec<Change> =
            now.entries.iter().filter_map(|(path, after)| self.change(path, after)).collect();
        // What is below a closed folder was not looked at before; it went with the folder.
        let is_gone = |path: &&TreePath| !now.entries.contains_key(*path);
        let gone = self.survey.entries.iter().filter(|(path, _)| is_gone(path));
        changes.extend(gone.map(|(path, entry)| deleted(path, entry)));
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        for change in &mut changes {
            change.classes = classify(change, LayerName::Workspace);
        }
        changes
    }

    fn change(&self, path: &TreePath, after: &Entry) -> Option<Change> {
        let before = self.survey.entries.get(path);
        let kind = before.map_or(Some(ChangeKind::Added), |before| differs(before, after))?;
        let mut change = Change::new(path.clone(), kind, before.map(|it| it.node.clone()), Some(after.node.clone()));
        change.obstacle = after.too_deep.then_some(Obstacle::TooDeep);
        Some(change)
    }
}

impl LockedSession {
    /// The same without what was only touched, as far as copies tell: the moment of a change also moves when somebody links to a file or
    /// gives it the owner that it has.
    pub fn live_changes(&self, record: &Record, now: &Survey) -> Result<Vec<Change>, ChangesError> {
        let mut changes = record.changes(now);
        let Some(layer) = self.session().layers.first() else { return Ok(changes) };
        let root = Folder::root(&layer.lower).map_err(|errno| ChangesError::io("open", &layer.lower)(errno.into()))?;
        changes.retain(|change| !self.is_like_its_copy(record, &root, change));
        Ok(changes)
    }

    /// What can't be read is taken to differ.
    fn is_like_its_copy(&self, record: &Record, root: &Folder, change: &Change) -> bool {
        let nodes = change.before.as_ref().zip(change.after.as_ref());
        let may_be = change.kind == ChangeKind::Modified
            && nodes.is_some_and(|(before, after)| (before.mode, before.size) == (after.mode, after.size));
        let Some(number) = record.originals.get(&change.path).filter(|_| may_be) else { return false };
        let copy = std::fs::File::open(self.folder().original(*number));
        let there = root.below(&change.path.parent().unwrap_or_default()).and_then(|it| it.file(change.path.name()));
        let (Ok(copy), Ok(there)) = (copy, there) else { return false };
        digest::same(copy, there).unwrap_or(false)
    }
}

fn deleted(path: &TreePath, entry: &Entry) -> Change {
    Change::new(path.clone(), ChangeKind::Deleted, Some(entry.node.clone()), None)
}

fn differs(before: &Entry, after: &Entry) -> Option<ChangeKind> {
    let (old, new) = (&before.node, &after.node);
    if old.file_type != new.file_type {
        return Some(ChangeKind::Replaced);
    }
    let is_same = before.identity() == after.identity();
    if before.is_closed() && is_same && !before.has_other_names() {
        // It lay behind a mount all the time: if it changed, that was somebody outside.
        return None;
    }
    match new.file_type {
        FileType::Folder if before.is_closed() && !is_same => Some(ChangeKind::Replaced),
        FileType::Folder if old.mode != new.mode => Some(ChangeKind::Mode),
        FileType::Folder => None,
        FileType::Link => (old.target != new.target).then_some(ChangeKind::Modified),
        FileType::File | FileType::Pipe | FileType::Socket | FileType::Device => {
            let same_contents = is_same && old.size == new.size && old.modified == new.modified;
            match () {
                () if same_contents && before.touched() == after.touched() => None,
                () if same_contents && old.mode != new.mode => Some(ChangeKind::Mode),
                () => Some(ChangeKind::Modified),
            }
        }
    }
}
