//! The session of a run: a new one, or one that goes on; and what was there before.

use super::{Run, words};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::waiting::{self, Waiting};
use portcullis_changes::{
    LayerName, LockedSession, NewLayer, NewSession, ProcessMark, Resumed, SessionStore, State, TreePath,
};
use portcullis_event::Rest;
use portcullis_sandbox::Identity;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

/// What was there before this run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Before {
    /// Nothing that it sees; another session may wait.
    Nothing(Option<Waiting>),
    /// Runs of the same session.
    #[serde(serialize_with = "super::again::in_short")]
    Runs(Resumed),
}

impl Before {
    /// What goes on the record with the start.
    pub(super) fn on_record(&self) -> Rest {
        let waiting = match self {
            Self::Nothing(_) => None,
            Self::Runs(resumed) => Some(("continues-with-changes".to_owned(), resumed.left.len().into())),
        };
        waiting.into_iter().collect()
    }

    /// What nobody applied of the runs before.
    pub(super) fn left(&self) -> BTreeSet<(LayerName, TreePath)> {
        match self {
            Self::Nothing(_) => BTreeSet::new(),
            Self::Runs(resumed) => resumed.left.clone(),
        }
    }
}

impl Run {
    /// The session of this run, a new one or one that goes on, and what was there before.
    pub(super) fn session(
        &self,
        invocation: &Invocation,
        store: &SessionStore,
        (workspace, who, is_live): (&Path, Identity, bool),
    ) -> Result<(LockedSession, Before), Failure> {
        let mark = ProcessMark::of(std::process::id());
        let mark = mark.ok_or_else(|| Failure::incomplete("this process can't be found in /proc"))?;
        if let Some(given) = &self.again {
            let (session, resumed) = self.take_up(invocation, given, (workspace, who), mark)?;
            return Ok((session, Before::Runs(resumed)));
        }
        let waiting = waiting::here(invocation.home()?.path(), workspace);
        Ok((self.create(store, mark, (workspace, is_live))?, Before::Nothing(waiting)))
    }

    fn create(
        &self,
        store: &SessionStore,
        mark: ProcessMark,
        (workspace, is_live): (&Path, bool),
    ) -> Result<LockedSession, Failure> {
        let layer = |name, lower| NewLayer { name, lower, protected: Vec::new() };
        let elsewhere = crate::repository::linked::git_folder(workspace);
        // What git keeps for itself is worked on in a layer also where the rest is not.
        let own = || Some(workspace.join(".git")).filter(|folder| is_live && folder.is_dir());
        let git = elsewhere.or_else(own).map(|folder| layer(LayerName::Git, folder));
        let layers = std::iter::once(layer(LayerName::Workspace, workspace.to_owned())).chain(git);
        let new = NewSession {
            command: words(&self.command),
            started: SystemTime::now().into(),
            state: State::Running(mark),
            layers: layers.collect(),
        };
        Ok(store.create(SessionStore::fresh_id()?, new)?)
    }
}
