//! Takes back what an operation did: the same steps the other way round, with the contents that were kept.

use crate::folder::Folder;
use crate::operation::{
    Conflict, Draft, Ending, Journal, Kind, Order, Plan, Prepared, Source, State, Step, Want, finished, observe,
    prepare,
};
use crate::{ChangesError, Digest, Node, SessionFolder, TreePath, git_index};
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

/// Larger indexes are not compared.
const LARGEST_INDEX: u64 = 256 << 20;

/// What to do where somebody changed something since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEdit {
    /// Nothing is taken back at all.
    Refuse,
    /// It is left as it is, and the rest is taken back.
    Skip,
    /// It is taken back all the same. What was there is kept.
    Overwrite,
}

/// The operations that carried something over and were not taken back, the last one first.
pub(crate) fn in_effect(session: &SessionFolder) -> Result<Vec<u64>, ChangesError> {
    let finished = finished(session.path())?;
    let mut in_effect = BTreeSet::new();
    for (journal, kind, plan, result) in &finished {
        match kind {
            Kind::Apply if result.not_done.len() < plan.steps.len() => {
                in_effect.insert(journal.number);
            }
            // Where something stood in the way, it can be tried again.
            Kind::Revert { of } if result.not_done.is_empty() && plan.left_out.is_empty() => {
                in_effect.remove(of);
            }
            Kind::Apply | Kind::Revert { .. } => {}
        }
    }
    Ok(in_effect.into_iter().rev().collect())
}

/// Makes ready to take back an operation. Gives also where somebody changed something since; where that is refused,
/// nothing is made ready.
pub(crate) fn prepare_revert(
    session: &SessionFolder,
    number: u64,
    on_edit: OnEdit,
    progress: &mut dyn FnMut() -> bool,
) -> Result<(Option<Prepared>, Vec<Conflict>), ChangesError> {
    let journal = Journal::numbered(session.path(), number);
    let (Some(plan), Some(result)) = (journal.plan()?, journal.result()?) else {
        return Err(ChangesError::NoSuchOperation(number));
    };
    let mut reversal =
        Reversal { session, number, on_edit, roots: BTreeMap::new(), looked: BTreeMap::new(), edited: Vec::new() };
    let mut drafts = Vec::new();
    for (index, step) in done(&plan, &result) {
        drafts.extend(reversal.draft(index, step)?);
    }
    let order = if on_edit == OnEdit::Refuse { Order::AllOrNothing } else { Order::WhatCanBe };
    let edited = reversal.edited;
    if on_edit == OnEdit::Refuse && !edited.is_empty() {
        return Ok((None, edited));
    }
    let prepared = prepare(session, Kind::Revert { of: number }, drafts, order, progress)?;
    Ok((Some(prepared.without(&edited)), edited))
}

/// The steps that were done, the last one first.
fn done<'a>(plan: &'a Plan, result: &'a Ending) -> impl Iterator<Item = (usize, &'a Step)> {
    let not_done: BTreeSet<usize> = result.not_done.iter().copied().collect();
    plan.steps.iter().enumerate().rev().filter(move |(index, _)| !not_done.contains(index))
}

struct Reversal<'a> {
    session: &'a SessionFolder,
    number: u64,
    on_edit: OnEdit,
    roots: BTreeMap<usize, Folder>,
    /// The paths that were looked at, and whether they are taken back.
    looked: BTreeMap<(usize, TreePath), bool>,
    edited: Vec<Conflict>,
}

impl Reversal<'_> {
    /// What takes back a step; `None` if nothing needs to, or somebody changed it since.
    fn draft(&mut self, index: usize, step: &Step) -> Result<Option<Draft>, ChangesError> {
        let contents = match step.before {
            State::File { .. } => Some(Source::Kept { operation: self.number, step: index }),
            State::Absent | State::Folder { .. } | State::Link { .. } | State::Special => None,
        };
        let want = Want::Exactly { state: step.before.clone(), contents };
        let draft = |seen| Draft { layer: step.layer, path: step.path.clone(), seen, want };
        let key = (step.layer, step.path.clone());
        // A path with several steps was looked at when the last of them was.
        match self.looked.get(&key) {
            Some(true) => return Ok(Some(draft(None))),
            Some(false) => return Ok(None),
            None => {}
        }
        let (found, node) = self.look(step)?;
        if found.looks_like(&step.before) && !found.looks_like(&step.after) {
            // As it was before this step; an earlier step at this path looks for itself.
            return Ok(None);
        }
        let can = found.looks_like(&step.after)
            || self.is_same_index(index, step, &found)
            || self.on_edit == OnEdit::Overwrite && is_possible(&found, &step.before);
        self.looked.insert(key, can);
        if can {
            return Ok(Some(draft(node)));
        }
        let layer_root = self.session.session().layers.get(step.layer).map(|layer| layer.lower.clone());
        self.edited.push(Conflict { path: step.path.clone(), layer_root: layer_root.unwrap_or_default(), error: None });
        Ok(None)
    }

    /// Whether this is an index of git that was only written anew. What the session wrote is compared with what is there.
    fn is_same_index(&self, index: usize, step: &Step, found: &State) -> bool {
        let is_index =
            step.path.name() == b"index" && matches!(found, State::File { size, .. } if *size <= LARGEST_INDEX);
        let Some(layer) = self.session.session().layers.get(step.layer).filter(|_| is_index) else { return false };
        let read = |root: &Path| {
            let folder = Folder::root(root).and_then(|root| root.below(&step.path.parent().unwrap_or_default()));
            let mut bytes = Vec::new();
            let file = folder.and_then(|folder| folder.file(step.path.name())).ok()?;
            file.take(LARGEST_INDEX).read_to_end(&mut bytes).ok().map(|_| bytes)
        };
        let out_of_the_layer =
            || std::fs::read(Journal::numbered(self.session.path(), self.number).written(index)).ok();
        let written = read(&self.session.upper(layer)).or_else(out_of_the_layer);
        let is_what_was_applied = |bytes: &Vec<u8>| match &step.after {
            State::File { digest, .. } => Digest::of(bytes) == *digest,
            State::Absent | State::Folder { .. } | State::Link { .. } | State::Special => false,
        };
        let written = written.filter(is_what_was_applied);
        written.zip(read(&layer.lower)).is_some_and(|(written, there)| git_index::say_the_same(&written, &there))
    }

    fn look(&mut self, step: &Step) -> Result<(State, Option<Node>), ChangesError> {
        let Some(layer) = self.session.session().layers.get(step.layer) else { return Ok((State::Special, None)) };
        let failed = |errno: Errno| ChangesError::io("read", &layer.lower.join(step.path.as_path()))(errno.into());
        let root = match self.roots.entry(step.layer) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(Folder::root(&layer.lower).map_err(failed)?)
            }
        };
        let observed = match step.path.parent() {
            None => observe_root(root),
            Some(parent) => root.below(&parent).and_then(|folder| observe(&folder, step.path.name())),
        };
        match observed {
            Ok(observed) => Ok(observed),
            // The folder that it was in is gone, or is none any more.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => Ok((State::Absent, None)),
            Err(errno) => Err(failed(errno)),
        }
    }
}

fn observe_root(root: &Folder) -> Result<(State, Option<Node>), Errno> {
    let node = Node::of(&root.own_stat()?);
    let attributes = crate::attributes::read(root)?.own;
    Ok((State::Folder { mode: node.mode, attributes, owner: Some(node.owner) }, Some(node)))
}

/// Whether one step can make the one of the other.
fn is_possible(found: &State, wanted: &State) -> bool {
    let is_plain = |state: &State| matches!(state, State::Absent | State::File { .. } | State::Link { .. });
    is_plain(found) && is_plain(wanted) || found.is_folder() && wanted.is_folder()
}
