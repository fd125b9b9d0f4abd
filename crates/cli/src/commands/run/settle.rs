//! What becomes of a run's changes when it has ended: what policy lets through by itself is applied, the rest waits, and
//! a session that changed nothing leaves nothing behind.

use crate::failure::Failure;
use crate::sessions;
use crate::terms::{Standing, Standings, Terms};
use portcullis_changes::{ChangeSet, Limits, LockedSession, Outcome, pick};
use portcullis_event::Note;

/// The changes, what becomes of each, and what came of applying them.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) sets: Vec<(ChangeSet, Standings)>,
    pub(super) outcome: Outcome,
}

/// Looks at what the session changed and, unless everything is to wait, applies what policy lets through by itself. What
/// somebody else changed meanwhile waits.
pub(super) fn settle(
    session: &mut LockedSession,
    terms: &Terms<'_>,
    everything_waits: bool,
    record: impl FnOnce(Note) -> Result<(), Failure>,
) -> Result<Settled, Failure> {
    if session.is_untouched() {
        return Ok(Settled { sets: Vec::new(), outcome: Outcome::default() });
    }
    let sets = session.changes(Limits::default())?;
    let standings = terms.standings(&sets);
    let mut outcome = Outcome::default();
    if !everything_waits {
        let applies = |standings: &Standings, set: &ChangeSet| {
            pick(&set.changes, |change| standings.of(change) == Standing::Applies)
        };
        let picked: Vec<_> = sets.iter().zip(&standings).map(|(set, its)| (set, applies(its, set))).collect();
        outcome = sessions::carry_over(session, &picked, true, record)?;
    }
    Ok(Settled { sets: sets.into_iter().zip(standings).collect(), outcome })
}

impl Settled {
    /// How many things changed.
    pub(super) fn changed(&self) -> usize {
        self.sets.iter().map(|(set, _)| set.changes.len()).sum()
    }
}
