//! Carries out a plan. Each step can be done again: what is done already is recognised and left alone.

use super::journal::{Ending, Intent, Journal, Plan, Step};
use super::keep::dress;
use super::prepare::Layers;
use super::stage::{self, failed, rename_new};
use super::state::State;
use crate::folder::Folder;
use crate::{ChangesError, Node, TreePath, attributes};
use rustix::fs::{self, AtFlags, RenameFlags};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

/// A path at which something else was found than was expected: somebody changed it. It was left alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Where.
    pub path: TreePath,
    /// The real folder.
    pub layer_root: PathBuf,
    /// What the system said, if nobody changed it and it could not be done all the same.
    pub error: Option<String>,
}

impl Conflict {
    /// Why it was left alone, as the rest of a sentence about the path.
    pub fn reason(&self) -> String {
        match &self.error {
            Some(error) => format!("could not be changed: {error}"),
            None => "was changed by somebody else".to_owned(),
        }
    }
}

/// What an operation came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many names changed.
    pub done: usize,
    /// Where somebody was faster.
    pub conflicts: Vec<Conflict>,
    /// Whether everything was taken back because of that.
    pub taken_back: bool,
    /// Folders in which something was left that is not ours to remove.
    pub left_behind: Vec<PathBuf>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Done,
    Conflict,
}

/// Does every step, writes down what came of it, and clears up.
pub(super) fn commit_all(
    journal: &Journal,
    intent: &Intent,
    plan: &Plan,
    layers: &Layers,
    progress: &mut dyn FnMut() -> bool,
) -> Result<Outcome, ChangesError> {
    let (mut result, mut conflicts) = (Ending::default(), Vec::new());
    let ours = ready(plan);
    for (index, step) in plan.steps.iter().enumerate() {
        if !progress() {
            return Err(ChangesError::Interrupted);
        }
        let (root, lower) = layers.get(step.layer)?;
        // What the system refuses once it may refuse for ever. It is told like any other reason, so that the rest can be
        // taken back, and does not stop every later command.
        let ended = carry_out(root, &intent.stage, index, step, &ours);
        if ended != Ok(Ended::Done) {
            let error = ended.err().map(|errno| std::io::Error::from(errno).to_string());
            conflicts.push(Conflict { path: step.path.clone(), layer_root: lower.to_owned(), error });
            result.conflicts.push(index);
            result.not_done.push(index);
            if plan.all_or_nothing {
                result.not_done.extend(index + 1..plan.steps.len());
                result.then_revert = true;
                break;
            }
        }
    }
    layers.sync()?;
    if !progress() {
        return Err(ChangesError::Interrupted);
    }
    journal.write_result(&result)?;
    let left_behind = clear_up(intent, plan, layers)?;
    let done = plan.steps.len().saturating_sub(result.not_done.len());
    Ok(Outcome { done, conflicts, taken_back: false, left_behind })
}

/// Removes what was made ready and not used. Gives the stages that hold something else.
pub(super) fn clear_up(intent: &Intent, plan: &Plan, layers: &Layers) -> Result<Vec<PathBuf>, ChangesError> {
    let ready = ready(plan);
    let mut left = Vec::new();
    for (root, path) in layers.iter() {
        let is_ours = |_: &[u8], node: &Node| ready.contains(&(node.device, node.inode));
        if !stage::clear(root, &intent.stage, is_ours).map_err(failed("clear", path, &TreePath::root()))? {
            left.push(path.join(&intent.stage));
        }
    }
    Ok(left)
}

/// The inodes of what was made ready.
fn ready(plan: &Plan) -> BTreeSet<(u64, u64)> {
    plan.steps.iter().filter_map(|step| step.ready).collect()
}

fn carry_out(
    root: &Folder,
    stage: &str,
    index: usize,
    step: &Step,
    ours: &BTreeSet<(u64, u64)>,
) -> Result<Ended, Errno> {
    let parent = match root.below(&step.path.parent().unwrap_or_default()) {
        Ok(parent) => parent,
        // There is nothing at the path, as it should be: perhaps a later step put something in place of the folder.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if step.after.is_absent() => return Ok(Ended::Done),
        // A folder on the way is gone, or became something else.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(Ended::Conflict),
        Err(error) => return Err(error),
    };
    let (name, item) = (step.path.name(), index.to_string());
    if step.ready.is_none() && step.before.differs_in_metadata_only(&step.after) {
        return if step.path.is_root() { settle(root, step) } else { settle_within(&parent, name, step) };
    }
    // It is removed only when all is written down. Who removed it before took what was to come with it.
    let Some(stage) = stage::open(root, stage)? else { return Ok(Ended::Conflict) };
    let at = At { parent: &parent, name, stage: &stage, item: item.as_bytes(), ours };
    match (&step.before, &step.after) {
        (State::Absent, State::File { .. } | State::Link { .. } | State::Folder { .. }) => at.put(),
        (State::File { .. } | State::Link { .. }, State::Absent) => at.take(step),
        (State::File { .. } | State::Link { .. }, State::File { .. } | State::Link { .. }) => at.swap(step),
        (State::Folder { .. }, State::Absent) => at.remove_folder(),
        (State::Absent, State::Absent) => Ok(Ended::Done),
        // A plan removes first, and then makes; and nothing special is ever made.
        (State::Folder { .. } | State::Special, _) | (_, State::Folder { .. } | State::Special) => Ok(Ended::Conflict),
    }
}

/// A name in a folder, and what belongs to it in the stage.
struct At<'a> {
    parent: &'a Folder,
    name: &'a [u8],
    stage: &'a Folder,
    item: &'a [u8],
    /// What this operation made: a later step may have put it here before a crash.
    ours: &'a BTreeSet<(u64, u64)>,
}

impl At<'_> {
    /// Something new. It leaves the stage when it is put in its place, so what is not there was put already.
    fn put(&self) -> Result<Ended, Errno> {
        match rename_new(self.stage, self.item, self.parent, self.name) {
            Ok(()) => Ok(Ended::Done),
            Err(Errno::NOENT) if self.stage.stat(self.item)?.is_none() => Ok(Ended::Done),
            Err(Errno::EXIST | Errno::NOENT) => Ok(Ended::Conflict),
            Err(error) => Err(error),
        }
    }

    /// Something goes: it is moved into the stage, looked at, and only then removed.
    fn take(&self, step: &Step) -> Result<Ended, Errno> {
        if self.stage.stat(self.item)?.is_none() {
            if self.holds_ours()? {
                return Ok(Ended::Done);
            }
            match rename_new(self.parent, self.name, self.stage, self.item) {
                Ok(()) => {}
                // Somebody else removed it, or we did before.
                Err(Errno::NOENT) => return Ok(Ended::Done),
                Err(error) => return Err(error),
            }
        }
        if self.holds_what_was_seen(step)? {
            fs::unlinkat(self.stage, self.item, AtFlags::empty())?;
            return Ok(Ended::Done);
        }
        match rename_new(self.stage, self.item, self.parent, self.name) {
            // Put back, or left in the stage because there is something new already. Nothing is lost.
            Ok(()) | Err(Errno::EXIST) => Ok(Ended::Conflict),
            Err(error) => Err(error),
        }
    }

    /// Something takes the place of something else: both change places, and what comes out is looked at.
    fn swap(&self, step: &Step) -> Result<Ended, Errno> {
        let Some(stat) = self.stage.stat(self.item)? else { return Ok(Ended::Done) };
        let node = Node::of(&stat);
        if Some((node.device, node.inode)) == step.ready {
            match fs::renameat_with(self.stage, self.item, self.parent, self.name, RenameFlags::EXCHANGE) {
                Ok(()) => {}
                Err(Errno::NOENT) => return Ok(Ended::Conflict),
                Err(Errno::INVAL | Errno::NOSYS) => return self.replace(step),
                Err(error) => return Err(error),
            }
        }
        if self.holds_what_was_seen(step)? {
            fs::unlinkat(self.stage, self.item, AtFlags::empty())?;
            return Ok(Ended::Done);
        }
        match fs::renameat_with(self.stage, self.item, self.parent, self.name, RenameFlags::EXCHANGE) {
            Ok(()) | Err(Errno::NOENT) => Ok(Ended::Conflict),
            Err(error) => Err(error),
        }
    }

    /// For file systems that can't exchange two names: looks first, and then replaces.
    fn replace(&self, step: &Step) -> Result<Ended, Errno> {
        let found = Node::at(self.parent, self.name)?;
        if !step.seen.as_ref().zip(found.as_ref()).is_some_and(|(seen, found)| found.is_same_as(seen)) {
            return Ok(Ended::Conflict);
        }
        fs::renameat(self.stage, self.item, self.parent, self.name)?;
        Ok(Ended::Done)
    }

    fn remove_folder(&self) -> Result<Ended, Errno> {
        match fs::unlinkat(self.parent, self.name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(Ended::Done),
            Err(Errno::NOTDIR) if self.holds_ours()? => Ok(Ended::Done),
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(Ended::Conflict),
            Err(error) => Err(error),
        }
    }

    fn holds_ours(&self) -> Result<bool, Errno> {
        let found = self.parent.stat(self.name)?.map(|stat| Node::of(&stat));
        Ok(found.is_some_and(|node| self.ours.contains(&(node.device, node.inode))))
    }

    fn holds_what_was_seen(&self, step: &Step) -> Result<bool, Errno> {
        let found = Node::at(self.stage, self.item)?;
        Ok(step.seen.as_ref().zip(found.as_ref()).is_some_and(|(seen, found)| found.is_same_as(seen)))
    }
}

/// Changes permissions, attributes and time of something that stays.
fn settle_within(parent: &Folder, name: &[u8], step: &Step) -> Result<Ended, Errno> {
    let file =
        if step.after.is_folder() { parent.folder(name).map(|it| it.into_fd().into()) } else { parent.file(name) };
    match file {
        Ok(file) => settle(&file, step),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::ISDIR) => Ok(Ended::Conflict),
        Err(error) => Err(error),
    }
}

fn settle(file: impl std::os::fd::AsFd, step: &Step) -> Result<Ended, Errno> {
    let node = Node::of(&fs::fstat(&file)?);
    let present = attributes::read(&file)?.own;
    let (State::File { mode: old_mode, attributes: old, .. } | State::Folder { mode: old_mode, attributes: old, .. }) =
        &step.before
    else {
        return Ok(Ended::Conflict);
    };
    let (State::File { mode: new_mode, attributes: new, .. } | State::Folder { mode: new_mode, attributes: new, .. }) =
        &step.after
    else {
        return Ok(Ended::Conflict);
    };
    // Half done is as good as not done; anything else is not ours.
    let known_mode = node.mode == *old_mode || node.mode == *new_mode;
    let known = present.iter().all(|(name, value)| old.get(name) == Some(value) || new.get(name) == Some(value));
    let same_contents = match (&step.before, &step.seen) {
        (State::File { size, .. }, Some(seen)) => node.is_file() && node.size == *size && node.inode == seen.inode,
        (State::File { .. }, None) => false,
        (State::Folder { .. } | State::Absent | State::Link { .. } | State::Special, _) => node.is_folder(),
    };
    if !(known_mode && known && same_contents) {
        return Ok(Ended::Conflict);
    }
    let file = File::from(file.as_fd().try_clone_to_owned().map_err(|error| super::state::errno(&error))?);
    dress(&file, &step.after.without_owner())?;
    Ok(Ended::Done)
}
