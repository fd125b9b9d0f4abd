//! What of a session is in the real folder because it was applied, and was not taken back since.

use crate::folder::Folder;
use crate::operation::{Journal, Kind, State, Step, finished, observe};
use crate::{Change, ChangeKind, ChangeSet, ChangesError, Layer, Node, SessionFolder, TreePath, revert};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The step that came last at each path of each layer: which operation's, its number there, and what it did.
#[derive(Debug)]
pub(crate) struct Applied(BTreeMap<(usize, TreePath), (Journal, usize, Step)>);

impl Applied {
    /// What is applied of a session.
    pub(crate) fn of(session: &SessionFolder) -> Result<Self, ChangesError> {
        let in_effect: BTreeSet<u64> = revert::in_effect(session)?.into_iter().collect();
        let finished = finished(session.path())?;
        let mut taken_back = BTreeSet::new();
        for (_, kind, plan, ending) in &finished {
            let Kind::Revert { of } = kind else { continue };
            let indexes: BTreeSet<usize> = ending.not_done.iter().copied().collect();
            let steps = || plan.steps.iter().enumerate().map(|(index, step)| (index, (step.layer, &step.path)));
            // A path with several steps is taken back once all of them are.
            let not_done: BTreeSet<_> =
                steps().filter(|(index, _)| indexes.contains(index)).map(|(_, place)| place).collect();
            let done = steps().map(|(_, place)| place).filter(|place| !not_done.contains(place));
            taken_back.extend(done.map(|(layer, path)| (*of, layer, path.clone())));
        }
        let mut applied = BTreeMap::new();
        for (journal, _, plan, ending) in finished {
            let not_done: BTreeSet<usize> = ending.not_done.iter().copied().collect();
            for (index, step) in plan.steps.into_iter().enumerate() {
                let is_taken_back = taken_back.contains(&(journal.number, step.layer, step.path.clone()));
                if in_effect.contains(&journal.number) && !not_done.contains(&index) && !is_taken_back {
                    applied.insert((step.layer, step.path.clone()), (journal.clone(), index, step));
                }
            }
        }
        Ok(Self(applied))
    }

    /// Each of them, the deepest first.
    pub(crate) fn deepest_first(&self) -> impl Iterator<Item = (usize, &TreePath, &Journal, usize, &Step)> {
        self.0.iter().rev().map(|((layer, path), (journal, index, step))| (*layer, path, journal, *index, step))
    }

    /// Marks what is in the layer as it was applied and is still, or again, a change: somebody changed the real file since.
    /// That is so where a folder hides what is below it, and so keeps what was applied.
    pub(crate) fn mark_undone(&self, sets: &mut [ChangeSet]) {
        for (layer, set) in sets.iter_mut().enumerate() {
            let upper = &set.upper;
            for change in &mut set.changes {
                let applied = self.0.get(&(layer, change.path.clone()));
                change.drifted |= applied.is_some_and(|(_, _, step)| is_as_applied(upper, change, &step.after));
            }
        }
    }

    /// What lies in the real folders where something was applied and nothing differs, as changes that are none: whoever changes it
    /// from here on, or takes it away, is somebody else.
    pub(crate) fn unchanged(&self, layers: &[Layer], sets: &[ChangeSet]) -> Result<Vec<Vec<Change>>, ChangesError> {
        let mut unchanged = Vec::new();
        for (number, (layer, set)) in layers.iter().zip(sets).enumerate() {
            let lower = Folder::root(&layer.lower);
            let lower = lower.map_err(|errno| ChangesError::io("open", &layer.lower)(errno.into()))?;
            let differs: BTreeSet<&TreePath> = set.changes.iter().map(|change| &change.path).collect();
            let paths = self.0.keys().filter(|(layer, path)| *layer == number && !differs.contains(path));
            let found = paths.filter_map(|(_, path)| {
                let node = node_at(&lower, path)?;
                Some(Change::new(path.clone(), ChangeKind::Modified, node, None))
            });
            unchanged.push(found.collect());
        }
        Ok(unchanged)
    }
}

/// Whether what the layer holds there is what was applied.
fn is_as_applied(upper: &Path, change: &Change, applied: &State) -> bool {
    let (Some(parent), name) = (change.path.parent(), change.path.name()) else { return false };
    if change.after.is_none() {
        return applied.is_absent();
    }
    let found = Folder::root(upper).and_then(|root| root.below(&parent)).and_then(|folder| observe(&folder, name));
    // What can't be read can't be applied either.
    found.is_ok_and(|(found, _)| found.looks_like(applied))
}

/// What lies at a path, or that nothing does; `None` if that can't be told.
#[expect(clippy::option_option, reason = "that nothing is there is known as well")]
fn node_at(root: &Folder, path: &TreePath) -> Option<Option<Node>> {
    let parent = path.parent()?;
    match root.below(&parent).and_then(|folder| Node::at(&folder, path.name())) {
        Ok(node) => Some(node),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Some(None),
        Err(_) => None,
    }
}
