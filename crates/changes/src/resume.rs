//! Another run on the layers of a session.
//!
//! Its command sees what the session changed and nobody applied yet. What was applied is taken out of the layer first: it is in
//! the real folder now, and whatever became of it there since is what the command has to see. What is left is known with
//! what it lies over, so the changes of all runs are one change set, and what somebody else changes meanwhile is drift. Below a
//! folder that hides what it lies over what was applied has to stay; there it is drift if the real file is another, or gone.

use crate::applied::Applied;
use crate::attributes::{self, Marked};
use crate::folder::Folder;
use crate::operation::{State as Place, observe};
use crate::{ChangeSet, ChangesError, Earlier, LayerName, Limits, LockedSession, ProcessMark, State, TreePath};
use crate::{baseline, discard, git_index};
use portcullis_event::Timestamp;
use rustix::fs::{AtFlags, renameat, unlinkat};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::path::Path;

/// What another run starts with.
#[derive(Debug, Clone)]
pub struct Again {
    /// The command line, secrets replaced.
    pub command: Vec<String>,
    /// When it starts.
    pub started: Timestamp,
    /// In which process it runs.
    pub process: ProcessMark,
}

/// What is there to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The changes that the session has and that are not applied: what was taken back, held or never decided. A person may
    /// have said no to any of them, so another run's end is no reason to apply them.
    pub left: BTreeSet<(LayerName, TreePath)>,
    /// Those of them whose real file was changed by somebody else. The command goes on with the session's.
    pub drifted: Vec<TreePath>,
}

impl LockedSession {
    /// Makes the session one that runs again, on the layers that it has.
    pub fn resume(&mut self, again: Again, limits: Limits) -> Result<Resumed, ChangesError> {
        self.can_resume()?;
        // Before anything goes, so that what was touched since is known even if nobody looked so far.
        self.changes(limits)?;
        let applied = Applied::of(self.folder())?;
        self.take_out(&applied)?;
        let mut sets = self.changes(limits)?;
        applied.mark_undone(&mut sets);
        let unchanged = applied.unchanged(&self.session().layers, &sets)?;
        baseline::renew(self.folder().path(), again.started, &sets, &unchanged)?;
        self.empty_work()?;
        let Again { command, started, process } = again;
        self.update(|session| {
            let command = std::mem::replace(&mut session.command, command);
            let started = std::mem::replace(&mut session.started, started);
            session.earlier.push(Earlier {
                command,
                started,
                ended: session.ended.take(),
                status: session.status.take(),
            });
            session.state = State::Running(process);
        })?;
        Ok(Resumed::of(&sets))
    }

    /// Whether the session has layers that another run can go on with.
    pub fn can_resume(&self) -> Result<(), ChangesError> {
        let id = || self.session().id.to_string();
        self.must_not_run()?;
        if self.session().state == State::Discarded {
            return Err(ChangesError::ThrownAway(id()));
        }
        if self.session().layers.iter().any(|layer| layer.whole) {
            return Err(ChangesError::OfACopy(id()));
        }
        Ok(())
    }

    /// A run that was killed leaves things in there that the overlay needed for itself.
    fn empty_work(&self) -> Result<(), ChangesError> {
        for layer in &self.session().layers {
            let work = self.folder().work(layer);
            let failed = |errno: Errno| ChangesError::io("empty", &work)(errno.into());
            Folder::root(&work).and_then(|folder| discard::empty(&folder)).map_err(failed)?;
        }
        Ok(())
    }

    /// Takes out of the layers what was applied and is there as it was applied.
    fn take_out(&self, applied: &Applied) -> Result<(), ChangesError> {
        // The deepest first: a folder goes once it is empty.
        for (layer, path, journal, index, step) in applied.deepest_first() {
            let Some(layer) = self.session().layers.get(layer) else { continue };
            let upper = self.folder().upper(layer);
            let written = git_index::is_one(path, layer.name).then(|| journal.written(index));
            take_out(&upper, path, &step.after, written.as_deref()).map_err(|errno| {
                ChangesError::io("take out of the layer", &upper.join(path.as_path()))(errno.into())
            })?;
        }
        Ok(())
    }
}

impl Resumed {
    fn of(sets: &[ChangeSet]) -> Self {
        let changes = || sets.iter().flat_map(|set| set.changes.iter().map(|change| (set.layer, change)));
        let drifted = changes().filter(|(_, change)| change.drifted).map(|(_, change)| change.path.clone()).collect();
        Self { left: changes().map(|(layer, change)| (layer, change.path.clone())).collect(), drifted }
    }
}

/// Takes out what is at `path`, if it is what was applied. An index of git is kept where it is looked for to tell whether it
/// was only written anew.
fn take_out(upper: &Path, path: &TreePath, applied: &Place, written: Option<&Path>) -> Result<(), Errno> {
    let (Some(parent), name) = (path.parent(), path.name()) else { return Ok(()) };
    let Some((folder, marked)) = merged(&Folder::root(upper)?, &parent)? else { return Ok(()) };
    let (found, node) = match observe(&folder, name) {
        Ok(observed) => observed,
        // What can't be read stays where it is, and is told of as a change.
        Err(Errno::ACCESS | Errno::XDEV | Errno::LOOP) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    let Some(node) = node else { return Ok(()) };
    if applied.is_absent() {
        let is_mark = crate::read::is_whiteout(&folder, marked.whiteouts_within, name, &node);
        return if is_mark { unlinkat(&folder, name, AtFlags::empty()) } else { Ok(()) };
    }
    if !found.looks_like(applied) {
        return Ok(());
    }
    if found.is_folder() {
        return match attributes::read(folder.folder(name)?)? {
            Marked { opaque: true, .. } | Marked { foreign: true, .. } => Ok(()),
            Marked { .. } => match unlinkat(&folder, name, AtFlags::REMOVEDIR) {
                // Something in it waits.
                Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
                other => other,
            },
        };
    }
    match written {
        Some(written) => renameat(&folder, name, rustix::fs::CWD, written),
        None => unlinkat(&folder, name, AtFlags::empty()),
    }
}

/// The folder at `path` of a layer, if what lies below it shows through; what hides that must keep all that is in it.
fn merged(upper: &Folder, path: &TreePath) -> Result<Option<(Folder, Marked)>, Errno> {
    let mut folder = upper.below(&TreePath::root())?;
    let mut marked = attributes::read(&folder)?;
    for name in path.names() {
        if marked.opaque || marked.foreign {
            return Ok(None);
        }
        folder = match folder.folder(name) {
            Ok(folder) => folder,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS | Errno::XDEV) => return Ok(None),
            Err(errno) => return Err(errno),
        };
        marked = attributes::read(&folder)?;
    }
    Ok((!marked.opaque && !marked.foreign).then_some((folder, marked)))
}
