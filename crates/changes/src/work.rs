//! What can be done with a session whose lock is held.

use crate::apply::prepare_apply;
use crate::folder::Folder;
use crate::operation::{Order, Prepared, recover};
use crate::revert::{self, prepare_revert};
use crate::{
    ChangeSet, ChangesError, Conflict, Limits, LockedSession, OnEdit, Outcome, Picked, Recovered, State, baseline,
    discard,
};

/// Asked before each step; `false` breaks off as if the process had been killed.
pub type Progress<'a> = &'a mut dyn FnMut() -> bool;

impl LockedSession {
    /// Mends what a crash left. To be called before anything else is done with the session.
    pub fn recover(&mut self, progress: Progress<'_>) -> Result<Vec<Recovered>, ChangesError> {
        if !self.session().state.runs() {
            self.folder().take_back_untouched()?;
        }
        let (recovered, to_revert) = recover(self.folder(), progress)?;
        for number in to_revert {
            let (prepared, _) = prepare_revert(self.folder(), number, OnEdit::Skip, progress)?;
            if let Some(prepared) = prepared {
                prepared.commit(progress)?;
            }
        }
        if !recovered.is_empty() {
            self.note_state()?;
        }
        Ok(recovered)
    }

    /// What the session changed, layer by layer. What somebody else changed meanwhile is marked.
    pub fn changes(&self, limits: Limits) -> Result<Vec<ChangeSet>, ChangesError> {
        if self.session().state.runs() {
            return Err(ChangesError::Running(self.session().id.to_string()));
        }
        if self.session().state == State::Discarded {
            return Ok(Vec::new());
        }
        let layers = self.session().layers.iter();
        let sets = layers.map(|layer| ChangeSet::read(layer, &self.folder().upper(layer), limits));
        let mut sets = sets.collect::<Result<Vec<_>, _>>()?;
        baseline::mark_drifted(self.folder().path(), self.session().started, &mut sets)?;
        Ok(sets)
    }

    /// Whether nothing at all was written to any layer, so that there is nothing to look at.
    pub fn is_untouched(&self) -> bool {
        let is_empty =
            |upper: std::path::PathBuf| std::fs::read_dir(upper).is_ok_and(|mut entries| entries.next().is_none());
        // Where the session worked on a copy, what is not there was deleted.
        self.session().layers.iter().all(|layer| !layer.whole && is_empty(self.folder().upper(layer)))
    }

    /// Makes ready to apply what was picked of each change set, in the order of the layers. With `skip_conflicts` what
    /// somebody else changed is left alone and the rest is applied; without, it is all or nothing.
    pub fn prepare_apply(
        &self,
        picked: &[(&ChangeSet, Picked)],
        skip_conflicts: bool,
        progress: Progress<'_>,
    ) -> Result<Prepared, ChangesError> {
        self.must_not_run()?;
        let order = if skip_conflicts { Order::WhatCanBe } else { Order::AllOrNothing };
        let chosen: Vec<_> = picked.iter().map(|(set, picked)| (*set, picked.applied.clone())).collect();
        prepare_apply(self.folder(), &chosen, order, progress)
    }

    /// The operations that were applied and not taken back, the last one first.
    pub fn in_effect(&self) -> Result<Vec<u64>, ChangesError> {
        revert::in_effect(self.folder())
    }

    /// Makes ready to take back an operation. Gives also where somebody changed something since; where that is refused,
    /// nothing is made ready.
    pub fn prepare_revert(
        &self,
        operation: u64,
        on_edit: OnEdit,
        progress: Progress<'_>,
    ) -> Result<(Option<Prepared>, Vec<Conflict>), ChangesError> {
        self.must_not_run()?;
        prepare_revert(self.folder(), operation, on_edit, progress)
    }

    /// Carries out what was made ready. If not all of it could be done and that was not allowed, everything is taken
    /// back.
    pub fn carry_out(&mut self, prepared: Prepared, progress: Progress<'_>) -> Result<Outcome, ChangesError> {
        let mut outcome = prepared.commit(progress)?;
        let (_, to_revert) = recover(self.folder(), progress)?;
        for number in to_revert {
            let (prepared, edited) = prepare_revert(self.folder(), number, OnEdit::Skip, progress)?;
            if let Some(prepared) = prepared {
                outcome.conflicts.extend(prepared.commit(progress)?.conflicts);
            }
            outcome.taken_back = true;
            outcome.done = 0;
            outcome.conflicts.extend(edited);
        }
        self.note_state()?;
        Ok(outcome)
    }

    /// Throws away what the session wrote. What was applied stays, and can still be taken back.
    pub fn discard(&mut self) -> Result<(), ChangesError> {
        self.must_not_run()?;
        self.update(|session| session.state = State::Discarded)?;
        let layers = self.folder().path().join("layers");
        let failed = |errno: rustix::io::Errno| ChangesError::io("empty", &layers)(errno.into());
        match Folder::root(&layers) {
            Ok(folder) => discard::empty(&folder).map_err(failed),
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    pub(crate) fn must_not_run(&self) -> Result<(), ChangesError> {
        if self.session().state.runs() { Err(ChangesError::Running(self.session().id.to_string())) } else { Ok(()) }
    }

    fn note_state(&mut self) -> Result<(), ChangesError> {
        let state = match (&self.session().state, self.in_effect()?.is_empty()) {
            (State::Discarded, _) => State::Discarded,
            (_, false) => State::Applied,
            (State::Applied, true) => State::Reverted,
            (State::Running(_) | State::Ended | State::Reverted, true) => return Ok(()),
        };
        self.update(|session| session.state = state)
    }
}
