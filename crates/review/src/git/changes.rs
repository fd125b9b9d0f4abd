//! Which files differ between two states of a project.

use super::object::{EntryKind, TreeEntry, tree_entries};
use super::objects::ObjectReader;
use super::staging::{Entry, Folder, Staging};
use super::{HashKind, Kind, ObjectId};
use crate::report::Why;
use std::collections::{BTreeMap, BTreeSet};

/// A file whose content is not that of any of the states before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Changed {
    /// Names with slashes between them.
    pub(crate) path: Vec<u8>,
    pub(crate) id: ObjectId,
    /// What the file held in the states before, where it was there.
    pub(crate) before: Vec<ObjectId>,
}

/// What differs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) changed: Vec<Changed>,
    /// What files held that were there in a state before and are not any more.
    pub(crate) gone: Vec<ObjectId>,
    /// Trees that could not be read.
    pub(crate) faults: Vec<(ObjectId, Why)>,
}

/// A folder in one state: its entries by name.
type Entries = BTreeMap<Vec<u8>, (EntryKind, ObjectId)>;

/// Compares states of a project.
#[derive(Debug)]
pub(crate) struct Comparison<'c, 'o> {
    pub(crate) reader: &'c mut ObjectReader<'o>,
    pub(crate) hash: HashKind,
    pub(crate) changes: Changes,
    /// How many entries of trees are looked at. A tree can name the same one many times, at every level.
    pub(crate) left: usize,
}

impl<'c, 'o> Comparison<'c, 'o> {
    pub(crate) fn new(reader: &'c mut ObjectReader<'o>, hash: HashKind) -> Self {
        Self { reader, hash, changes: Changes::default(), left: usize::MAX }
    }

    /// Compares a tree with those before it. What equals any of them is no change.
    pub(crate) fn trees(&mut self, new: Option<ObjectId>, before: &[ObjectId]) {
        let mut waiting = vec![(Vec::new(), new, before.to_vec())];
        while let Some((path, new, before)) = waiting.pop() {
            if new.is_some_and(|new| before.contains(&new)) {
                continue;
            }
            let entries = new.map(|new| self.entries(new)).unwrap_or_default();
            let old: Vec<Entries> = before.iter().map(|tree| self.entries(*tree)).collect();
            let looked_at = 1 + entries.len() + old.iter().map(BTreeMap::len).sum::<usize>();
            let Some(left) = self.left.checked_sub(looked_at) else {
                let most = self.left as u64;
                let Some(tree) = new.or_else(|| before.first().copied()) else { return };
                return self.changes.faults.push((tree, Why::TooLarge { bytes: looked_at as u64, most }));
            };
            self.left = left;
            for (name, (kind, id)) in &entries {
                let path = joined(&path, name);
                match kind {
                    EntryKind::File => self.file(path, *id, &old, name),
                    EntryKind::Folder => waiting.push((path, Some(*id), of_kind(&old, name, EntryKind::Folder))),
                    EntryKind::Submodule => {}
                }
            }
            for (name, (kind, id)) in old.first().into_iter().flatten() {
                let stays = entries.get(name).is_some_and(|(new, _)| new == kind);
                match kind {
                    EntryKind::File if !stays => self.changes.gone.push(*id),
                    EntryKind::Folder if !stays => waiting.push((joined(&path, name), None, vec![*id])),
                    EntryKind::File | EntryKind::Folder | EntryKind::Submodule => {}
                }
            }
        }
    }

    /// Compares what is staged with the trees of commits.
    pub(crate) fn staged(&mut self, staging: &Staging, before: &[ObjectId]) {
        self.staged_folder(staging, staging.entries(), b"", staging.root.as_ref(), before, 0);
    }

    /// Compares what is staged below one folder, whose path ends with a slash or is empty.
    fn staged_folder(
        &mut self,
        staging: &Staging,
        entries: &[Entry],
        path: &[u8],
        folder: Option<&Folder>,
        before: &[ObjectId],
        depth: usize,
    ) {
        if folder.and_then(|folder| folder.tree).is_some_and(|tree| before.contains(&tree)) {
            return;
        }
        let old: Vec<Entries> = before.iter().map(|tree| self.entries(*tree)).collect();
        let mut present: BTreeSet<&[u8]> = BTreeSet::new();
        let mut rest = entries;
        while let Some((first, after)) = rest.split_first() {
            let whole = staging.path(first);
            let name = whole.get(path.len()..).unwrap_or_default();
            let Some(slash) = memchr::memchr(b'/', name).filter(|_| depth < MOST_DEPTH) else {
                present.insert(name);
                if first.kind == EntryKind::File && first.stage == 0 && !first.intended {
                    self.file(whole.to_vec(), first.id, &old, name);
                }
                rest = after;
                continue;
            };
            let (name, below) =
                (name.get(..slash).unwrap_or_default(), whole.get(..path.len() + slash + 1).unwrap_or_default());
            let count = rest.partition_point(|entry| staging.path(entry).starts_with(below));
            let (these, after) = rest.split_at_checked(count.max(1)).unwrap_or((rest, &[]));
            present.insert(name);
            let old = of_kind(&old, name, EntryKind::Folder);
            match these {
                // A folder that is not checked out is staged as a whole.
                [entry] if entry.kind == EntryKind::Folder => {
                    let mut inner = Comparison::new(self.reader, self.hash);
                    inner.trees(Some(entry.id), &old);
                    let Changes { mut changed, gone, faults } = inner.changes;
                    for changed in &mut changed {
                        changed.path = [below, &changed.path].concat();
                    }
                    self.changes.changed.extend(changed);
                    self.changes.gone.extend(gone);
                    self.changes.faults.extend(faults);
                }
                _ => {
                    let folder = folder.and_then(|folder| folder.folder(name));
                    self.staged_folder(staging, these, below, folder, &old, depth + 1);
                }
            }
            rest = after;
        }
        for (_, (kind, id)) in old.first().into_iter().flatten().filter(|(name, _)| !present.contains(name.as_slice()))
        {
            match kind {
                EntryKind::File => self.changes.gone.push(*id),
                EntryKind::Folder => self.trees(None, &[*id]),
                EntryKind::Submodule => {}
            }
        }
    }

    fn file(&mut self, path: Vec<u8>, id: ObjectId, old: &[Entries], name: &[u8]) {
        let before = of_kind(old, name, EntryKind::File);
        if !before.contains(&id) {
            self.changes.changed.push(Changed { path, id, before });
        }
    }

    fn entries(&mut self, tree: ObjectId) -> Entries {
        let object = match self.reader.read(&tree) {
            Ok(object) if object.kind == Kind::Tree => object,
            Ok(_) => {
                self.changes.faults.push((tree, Why::Corrupt(format!("{tree} should be a tree"))));
                return Entries::new();
            }
            Err(why) => {
                self.changes.faults.push((tree, why));
                return Entries::new();
            }
        };
        let mut entries = Entries::new();
        for entry in tree_entries(&object.bytes, self.hash) {
            match entry {
                Some(TreeEntry { kind, name, id }) => drop(entries.insert(name.to_vec(), (kind, id))),
                None => self.changes.faults.push((tree, Why::Corrupt(format!("the tree {tree} does not make sense")))),
            }
        }
        entries
    }
}

/// Deeper than any path that git accepts.
const MOST_DEPTH: usize = 2048;

/// What `name` stands for in the states before, where it is of that kind.
fn of_kind(old: &[Entries], name: &[u8], kind: EntryKind) -> Vec<ObjectId> {
    let found = old.iter().filter_map(|entries| entries.get(name));
    found.filter(|(found, _)| *found == kind).map(|(_, id)| *id).collect()
}

fn joined(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() { name.to_vec() } else { [path, b"/", name].concat() }
}
