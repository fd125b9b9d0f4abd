//! What becomes of what a run has changed, and what is told of it.

use super::before::Before;
use super::egress::RunRoad;
use super::{Run, settle, summary};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::terms::Terms;
use crate::waiting;
use portcullis_changes::{Limits, LockedSession};
use portcullis_event::Note;
use portcullis_sandbox::Tier;
use std::collections::BTreeSet;

/// A run that is over.
pub(super) struct Over<'a> {
    pub(super) road: &'a RunRoad,
    pub(super) from: &'a Before,
    pub(super) tier: Tier,
    /// Whether nothing is applied by itself.
    pub(super) is_held: bool,
}

/// What became of its changes.
pub(super) struct Done {
    pub(super) settled: settle::Settled,
    /// Whether there were any, in its layers or in the files themselves.
    pub(super) has_changed: bool,
}

impl Run {
    /// Settles what was changed, first in the files themselves and then in the layers, and tells of it.
    pub(super) fn wind_up(
        &self,
        invocation: &Invocation,
        session: &mut LockedSession,
        over: &Over<'_>,
    ) -> Result<Done, Failure> {
        let gate = over.road.gate();
        let record = |note: Note| gate.put_on_record(invocation, "applying the changes", note).map(drop);
        session.folder().take_back_untouched()?;
        let direct = crate::live::settle(session, gate.policy(), record)?;
        let held = match &direct {
            Some(_) => crate::live::left(session, &session.changes(Limits::default())?),
            None => BTreeSet::new(),
        };
        let terms = Terms::of(gate.policy()).leaving(over.from.left().into_iter().chain(held).collect());
        let settled = settle::settle(session, &terms, over.is_held, record)?;
        let id = session.session().id.clone();
        let ends = summary::Ends::new(&id, &settled, over.road.denied(), over.tier).beside(direct.as_ref());
        waiting::note(invocation, session.session(), ends.waiting());
        if !self.quiet {
            invocation.output.beside(&ends);
        }
        let has_changed = settled.changed() > 0 || direct.is_some_and(|it| it.count() > 0);
        Ok(Done { settled, has_changed })
    }
}
