//! `portcullis halt`: ends a session from outside, at once.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::sessions;
use clap::Args;
use portcullis_changes::{Limits, SessionFolder, SessionStore, State};
use portcullis_event::{Session, SessionOp};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::Serialize;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// Ends sessions from outside, at once: every process in them, and with them everything that they could reach.
#[derive(Debug, Args)]
pub(crate) struct Halt {
    /// Which session: its name, in the repository where it runs, or its id or how that begins
    #[arg(value_name = "SESSION", required_unless_present = "all")]
    session: Option<String>,
    /// Every session that runs
    #[arg(long, conflicts_with = "session")]
    all: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "somebody asked for it")]
    reason: String,
}

/// How long a run has to end by itself, and to record that it did, before it is ended.
const PATIENCE: Duration = Duration::from_millis(120);

/// How long the kernel may take to end it.
const LONGEST_END: Duration = Duration::from_secs(2);

/// What was halted.
#[derive(Debug, Serialize)]
struct Halted {
    halted: Vec<String>,
    took_ms: u64,
}

impl View for Halted {
    fn write(&self, page: &mut Page) {
        if self.halted.is_empty() {
            page.put(Tone::Plain, "no session runs").end();
        }
        for id in &self.halted {
            page.put(Tone::Good, "halted").put(Tone::Plain, " ").put(Tone::Strong, id).end();
        }
    }
}

impl Halt {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let began = Instant::now();
        let store = sessions::store(invocation)?;
        let sessions = match &self.session {
            Some(given) => vec![meant(invocation, &store, given)?],
            None => store.list()?.0,
        };
        let running: Vec<SessionFolder> = sessions.into_iter().filter(|it| it.session().state.runs()).collect();
        if let (Some(id), true) = (&self.session, running.is_empty()) {
            return Err(Failure::usage(format!("session {id} does not run")).fix("portcullis changes list"));
        }
        // What runs is stopped first and recorded then: a ledger that can't be written must not keep it alive.
        for session in &running {
            end(session)?;
        }
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        for session in &running {
            note_waiting(invocation, session);
        }
        let halted: Vec<String> = running.iter().map(|it| it.session().id.to_string()).collect();
        self.record(invocation, &halted)?;
        invocation.output.show(&Halted { halted, took_ms })?;
        Ok(Exit::Success)
    }

    fn record(&self, invocation: &Invocation, halted: &[String]) -> Result<(), Failure> {
        if halted.is_empty() {
            return Ok(());
        }
        let gate = Gate::open(invocation)?;
        for id in halted {
            let reason = Some(format!("session {id}: {}", self.reason));
            let what = Session { reason, ..Session::new(SessionOp::Halt) };
            gate.put_on_record(invocation, "the session was halted; the record of that", what)?;
        }
        Ok(())
    }
}

/// Nothing of a run that was ended is applied, so all of it waits. One that is still about to end says so itself.
fn note_waiting(invocation: &Invocation, session: &SessionFolder) {
    let Ok(session) = session.clone().lock() else { return };
    if let Ok(sets) = session.changes(Limits::default()) {
        let changes = sets.iter().map(|set| set.changes.len()).sum();
        crate::waiting::note(invocation, session.session(), changes);
    }
}

/// A name comes before an id that begins like it.
fn meant(invocation: &Invocation, store: &SessionStore, given: &str) -> Result<SessionFolder, Failure> {
    let cwd = invocation.cwd()?;
    let root = crate::repository::root_of(cwd, invocation.environment.home.as_deref());
    let here = std::fs::canonicalize(root.as_deref().unwrap_or(cwd)).unwrap_or_else(|_| cwd.to_owned());
    if let Some(here) = sessions::running(store, given, &here)? {
        return Ok(here);
    }
    let is_called = |it: &&SessionFolder| it.session().name.as_deref() == Some(given) && it.session().state.runs();
    let all = store.list()?.0;
    let mut elsewhere = all.iter().filter(is_called);
    match (elsewhere.next(), elsewhere.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => Err(Failure::usage(format!("sessions {given} run in several repositories"))
            .fix("name one by its id: portcullis sessions shows them")),
        (None, _) => Ok(store.open(given)?),
    }
}

/// Ends the process that watches over a session. Process 1 inside ends with it, and with that one all others.
fn end(session: &SessionFolder) -> Result<(), Failure> {
    let State::Running(mark) = &session.session().state else { return Ok(()) };
    let failed = |errno: rustix::io::Errno| {
        let what = format!("session {} could not be halted: {}", session.session().id, std::io::Error::from(errno));
        Failure::incomplete(what)
    };
    let Some(process) = i32::try_from(mark.pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    let handle = match pidfd_open(process, PidfdFlags::empty()) {
        Ok(handle) => handle,
        Err(rustix::io::Errno::SRCH) => return Ok(()),
        Err(errno) => return Err(failed(errno)),
    };
    // The number may have gone to another process since the session was read; the handle is what is signalled.
    if !mark.is_alive() {
        return Ok(());
    }
    pidfd_send_signal(&handle, Signal::TERM).or_else(gone).map_err(failed)?;
    if !ends_within(&handle, PATIENCE) {
        pidfd_send_signal(&handle, Signal::KILL).or_else(gone).map_err(failed)?;
        // What it leaves is looked at once it is gone.
        ends_within(&handle, LONGEST_END);
    }
    Ok(())
}

fn gone(errno: rustix::io::Errno) -> rustix::io::Result<()> {
    if errno == rustix::io::Errno::SRCH { Ok(()) } else { Err(errno) }
}

/// Whether a process ends in time. It has only ended with the last of its threads: until then what they hold, as the lock of
/// the session, is not let go, though the process may be told to be a zombie before.
fn ends_within(process: &OwnedFd, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut [PollFd::new(process, PollFlags::IN)], timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            answer => return answer.is_ok_and(|ready| ready > 0),
        }
    }
}
