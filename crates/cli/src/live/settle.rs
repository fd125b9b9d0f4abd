//! What becomes of the changes of a live session: those that policy would have held back are taken out of the files again and wait,
//! and all of them are told and recorded.

use super::Guards;
use super::guards::has_layer;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::sessions;
use portcullis_changes::{
    Change, ChangeSet, Digest, Guard, Guarded, Held, LayerName, LiveLimits, LockedSession, SessionStore, Survey,
    TreePath,
};
use portcullis_event::Note;
use portcullis_policy::ValidPolicy;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// How many paths a record names. All of them are in the list, of which it has the digest.
const NAMED: usize = 40;

/// The list, in the folder of the session.
const LIST: &str = "changed.json";

/// What became of the changes of a live session.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// What stays in the files, and how it was changed.
    pub(crate) stays: Vec<(TreePath, &'static str)>,
    /// What was held.
    pub(crate) held: Held,
    /// How many more names were made than are told of.
    uncounted: usize,
}

/// A change as it is written into the list.
#[derive(Debug, Serialize)]
struct Line<'a> {
    path: String,
    change: &'static str,
    /// Whether it stayed, was held, or should have been.
    became: &'a str,
}

impl Settled {
    /// How many names differ.
    pub(crate) fn count(&self) -> usize {
        self.stays.len() + self.held.moved.len() + self.held.left.len() + self.uncounted
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let line = |path: &TreePath, change, became| Line { path: path.to_string(), change, became };
        let stays = self.stays.iter().map(|(path, kind)| line(path, kind, "stayed"));
        let moved = self.held.moved.iter().map(|path| line(path, "changed", "held"));
        let put_back = self.held.put_back.iter().map(|path| line(path, "changed", "put back"));
        let left = self.held.left.iter().map(|(path, why)| line(path, "changed", why));
        stays.chain(moved).chain(put_back).chain(left).collect()
    }

    /// For the record.
    fn words(&self, id: &str, lines: &[Line<'_>], digest: Digest) -> String {
        let mut text =
            format!("session {id} worked in the files themselves: {} changed there", self.stays.len() + self.uncounted);
        let _ = write!(text, ", {} held, {} put back", self.held.moved.len(), self.held.put_back.len());
        let _ = write!(text, ", {} could not be held; list sha256:{digest}", self.held.left.len());
        for line in lines.iter().take(NAMED) {
            let _ = write!(text, "; {} {} ({})", line.change, line.path, line.became);
        }
        let more = lines.len().saturating_sub(NAMED);
        if more > 0 {
            let _ = write!(text, "; and {more} more");
        }
        text
    }
}

/// Compares, holds, and puts that on the record. `None` if the session is no live one, or was settled before.
pub(crate) fn settle(
    session: &mut LockedSession,
    policy: &ValidPolicy,
    record: impl FnOnce(Note) -> Result<(), Failure>,
) -> Result<Option<Settled>, Failure> {
    let Some(before) = session.live_record()? else { return Ok(None) };
    let Some(layer) = session.session().layers.first().cloned() else { return Ok(None) };
    let guards = Guards::new(policy, &layer.lower, &layer.protected, has_layer(session.session()));
    let how = |path: &TreePath, node: &_| guards.how(path, node);
    let guarded = Guarded { how: &how, layered: guards.layered() };
    let now = Survey::of(&layer, guarded, Some(before.survey()), LiveLimits::default())?;
    let changes = session.live_changes(&before, &now)?;
    let (held, stays): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| guards.holds(change, before.survey()));
    let held = if held.is_empty() { Held::default() } else { session.hold(&before, &now, &held)? };
    // Of these only the rights were taken back that they would have run with.
    let is_open = |path: &TreePath| before.survey().guard(path) == Some(Guard::Open);
    let written = changes.iter().filter(|change| held.put_back.contains(&change.path) && is_open(&change.path));
    let stays = stays.into_iter().chain(written).map(|change| (change.path.clone(), change.kind.as_str())).collect();
    let settled = Settled { stays, held, uncounted: now.uncounted() };
    if settled.count() > 0 {
        let lines = settled.lines();
        let list = serde_json::to_vec(&lines).map_err(|error| Failure::incomplete(error.to_string()))?;
        let path = session.folder().path().join(LIST);
        std::fs::write(&path, &list).map_err(|error| Failure::io("write what changed", Some(&path), &error))?;
        record(Note::new(settled.words(session.session().id.as_str(), &lines, Digest::of(&list))))?;
    }
    session.end_live(settled.stays.len() + settled.uncounted)?;
    Ok(Some(settled))
}

/// What a live session has in the layer of the workspace: all of it waits, also what would apply if it stood alone. Nothing for others.
pub(crate) fn left(session: &LockedSession, sets: &[ChangeSet]) -> BTreeSet<(LayerName, TreePath)> {
    let is_live = session.session().live.is_some();
    let of_workspace = sets.iter().filter(|set| is_live && set.layer == LayerName::Workspace);
    of_workspace.flat_map(|set| &set.changes).map(|change| (LayerName::Workspace, change.path.clone())).collect()
}

/// Does that for a session whose run was killed before it could.
pub(crate) fn mend(invocation: &Invocation, session: &mut LockedSession) -> Result<(), Failure> {
    if session.session().state.runs() || session.live_record()?.is_none() {
        return Ok(());
    }
    let gate = Gate::open(invocation)?;
    let record = |note| gate.put_on_record(invocation, "holding changes", note).map(drop);
    if let Some(settled) = settle(session, gate.policy(), record)? {
        let id = &session.session().id;
        let (held, back) = (settled.held.moved.len(), settled.held.put_back.len());
        invocation.output.remark(&format!(
            "live session {id} was killed; what it changed was looked at now: {held} held, {back} put back"
        ));
    }
    Ok(())
}

/// The same for all sessions of this workspace. One that still works in the files is in the way of another.
pub(crate) fn mend_here(
    invocation: &Invocation,
    store: &SessionStore,
    workspace: &Path,
    live: bool,
) -> Result<(), Failure> {
    for folder in store.open_live()? {
        let session = folder.session();
        if session.layers.first().is_none_or(|layer| layer.lower != workspace) {
            continue;
        }
        if !session.state.runs() {
            let id = session.id.to_string();
            drop(sessions::open(invocation, Some(&id))?);
        } else if live {
            return Err(Failure::incomplete(format!("session {} works in these files", session.id))
                .because("what each of two live runs changed could not be told apart")
                .fix("wait until it has ended, or leave out `--live`"));
        }
    }
    Ok(())
}
