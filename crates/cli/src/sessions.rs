//! Sessions of agents, as the commands that review them open and record them.

use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use portcullis_changes::{
    ChangeSet, LockedSession, Outcome, Picked, Prepared, Recovered, Session, SessionFolder, SessionStore, State,
};
use portcullis_event::{Body, Note};
use std::path::Path;

/// The sessions of this user.
pub(crate) fn store(invocation: &Invocation) -> Result<SessionStore, Failure> {
    Ok(SessionStore::at(invocation.home()?.path().join("sessions")))
}

/// The session that is meant, held so that no other command works on it, with what a crash left mended.
pub(crate) fn open(invocation: &Invocation, given: Option<&str>) -> Result<LockedSession, Failure> {
    let store = store(invocation)?;
    hold(
        invocation,
        match given {
            Some(given) => store.open(given)?,
            None => latest(invocation, &store, |_| true)?,
        },
    )
}

/// The session to go on with: one that was named, or the latest of this repository that was not thrown away.
pub(crate) fn open_again(invocation: &Invocation, given: Option<&str>) -> Result<LockedSession, Failure> {
    let store = store(invocation)?;
    let folder = match given {
        Some(given) => store.open(given)?,
        None => latest(invocation, &store, |session| session.state != State::Discarded)?,
    };
    if folder.session().state.runs() {
        let id = &folder.session().id;
        return Err(Failure::incomplete(format!("session {id} still runs"))
            .because("two runs at a time on one layer would destroy it")
            .fix(format!("wait until it has ended, or end it: portcullis halt {id}")));
    }
    hold(invocation, folder)
}

/// The session of this name that runs in the repository.
pub(crate) fn running(store: &SessionStore, name: &str, root: &Path) -> Result<Option<SessionFolder>, Failure> {
    let is_it = |folder: &SessionFolder| is_called(folder, name, root) && folder.session().state.runs();
    Ok(store.list()?.0.into_iter().find(is_it))
}

/// Whether a session has this name, in the repository.
pub(crate) fn is_called(folder: &SessionFolder, name: &str, root: &Path) -> bool {
    let session = folder.session();
    session.name.as_deref() == Some(name) && session.layers.first().is_some_and(|layer| layer.lower == root)
}

/// Takes the lock, and mends what a crash left.
fn hold(invocation: &Invocation, folder: SessionFolder) -> Result<LockedSession, Failure> {
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
    crate::live::mend(invocation, &mut session)?;
    Ok(session)
}

/// The latest session that worked here. One of another repository is never meant by saying nothing.
fn latest(
    invocation: &Invocation,
    store: &SessionStore,
    is_meant: impl Fn(&Session) -> bool,
) -> Result<SessionFolder, Failure> {
    let cwd = invocation.cwd()?;
    let root = crate::repository::root_of(cwd, invocation.environment.home.as_deref());
    let here = std::fs::canonicalize(root.as_deref().unwrap_or(cwd)).ok();
    let works_here = |folder: &SessionFolder| {
        let lower = folder.session().layers.first().and_then(|layer| std::fs::canonicalize(&layer.lower).ok());
        lower.is_some() && lower == here
    };
    let (sessions, _) = store.list()?;
    if sessions.is_empty() {
        return Err(portcullis_changes::ChangesError::NoSession.into());
    }
    sessions.into_iter().find(|folder| is_meant(folder.session()) && works_here(folder)).ok_or_else(|| {
        Failure::usage("no session has worked in this repository")
            .fix("name one of another: portcullis changes list shows them, --session ID takes it")
    })
}

/// Puts on the record what is about to be done. What can't be recorded, or is denied, is not done.
pub(crate) fn record(invocation: &Invocation, what: &str, body: impl Into<Body>) -> Result<(), Failure> {
    Gate::open(invocation)?.put_on_record(invocation, what, body).map(drop)
}

/// Carries changes over: makes it ready, puts it on the record, and does it. If somebody else changed one of the files
/// meanwhile, nothing is done, or everything but that.
pub(crate) fn carry_over(
    session: &mut LockedSession,
    picked: &[(&ChangeSet, Picked)],
    skip_conflicts: bool,
    record: impl FnOnce(Note) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    if picked.iter().all(|(_, picked)| picked.applied.is_empty()) {
        return Ok(Outcome::default());
    }
    let prepared = session.prepare_apply(picked, skip_conflicts, &mut || true)?;
    if !prepared.conflicts().is_empty() && !skip_conflicts {
        let conflicts = prepared.conflicts().to_vec();
        prepared.abandon()?;
        return Ok(Outcome { conflicts, ..Outcome::default() });
    }
    let id = &session.session().id;
    let text = format!("changes of session {id} are applied: {}", in_words(&prepared)?);
    if let Err(failure) = record(Note::new(text)) {
        prepared.abandon()?;
        return Err(failure);
    }
    Ok(session.carry_out(prepared, &mut || true)?)
}

/// What an operation will do, in one line for the record: how much, and a digest of every path with the SHA-256 of its
/// contents before and after. The plan itself is kept with the session.
pub(crate) fn in_words(prepared: &Prepared) -> Result<String, Failure> {
    let removed = prepared.effects().filter(|effect| effect.removes).count();
    let written = prepared.steps().saturating_sub(removed);
    Ok(format!("{written} written, {removed} removed, plan sha256:{}", prepared.digest()?))
}
