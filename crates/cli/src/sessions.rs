//! Sessions of agents, as the commands that review them open and record them.

use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use portcullis_changes::{LockedSession, Prepared, Recovered, SessionFolder, SessionStore};
use portcullis_event::Body;

/// The sessions of this user.
pub(crate) fn store(invocation: &Invocation) -> Result<SessionStore, Failure> {
    Ok(SessionStore::at(invocation.home()?.path().join("sessions")))
}

/// The session that is meant, held so that no other command works on it, with what a crash left mended.
pub(crate) fn open(invocation: &Invocation, given: Option<&str>) -> Result<LockedSession, Failure> {
    let store = store(invocation)?;
    let folder: SessionFolder = match given {
        Some(given) => store.open(given)?,
        None => store.latest()?,
    };
    let mut session = folder.lock()?;
    for recovered in session.recover(&mut || true)? {
        let said = match recovered {
            Recovered::Forgotten => "a command was stopped before it changed anything; it was forgotten".to_owned(),
            Recovered::Finished(outcome) => {
                format!("a command was stopped half way; what was missing was done now ({} names)", outcome.done)
            }
        };
        invocation.output.remark(&said);
    }
    Ok(session)
}

/// Puts on the record what is about to be done. What can't be recorded, or is denied, is not done.
pub(crate) fn record(invocation: &Invocation, what: &str, body: impl Into<Body>) -> Result<(), Failure> {
    Gate::open(invocation)?.put_on_record(invocation, what, body).map(drop)
}

/// What an operation will do, in one line for the record: how much, and a digest of every path with the SHA-256 of its
/// contents before and after. The plan itself is kept with the session.
pub(crate) fn in_words(prepared: &Prepared) -> Result<String, Failure> {
    let removed = prepared.effects().filter(|effect| effect.removes).count();
    let written = prepared.steps().saturating_sub(removed);
    Ok(format!("{written} written, {removed} removed, plan sha256:{}", prepared.digest()?))
}
