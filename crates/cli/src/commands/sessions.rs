//! `portcullis sessions`: which sessions there are, what of them waits, how much they take; and those that nobody needs any
//! more are removed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::{sessions, time, waiting};
use clap::Args;
use portcullis_changes::{Limits, LockedSession, Session, SessionFolder, State};
use portcullis_event::{Note, Timestamp};
use serde::Serialize;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// How many files of a session are counted, so that a list is a list also of large ones.
const COUNTED: usize = 200_000;

/// Shows the sessions: those that run, those whose changes wait, and what they take.
#[derive(Debug, Args)]
pub(crate) struct Sessions {
    /// Remove those of which nothing waits and nothing was applied
    #[arg(long)]
    prune: bool,
    /// With --prune: how long ago the others must have begun, of which something was applied. They can't be taken back then
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = time::parse, requires = "prune")]
    older_than: Timestamp,
}

/// The sessions.
#[derive(Debug, Serialize)]
struct Shown {
    sessions: Vec<Row>,
    damaged: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<Vec<String>>,
}

/// One of them.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    state: &'static str,
    waiting: usize,
    runs: usize,
    started: String,
    #[serde(skip)]
    age: String,
    bytes: u64,
    command: Vec<String>,
    workspace: String,
}

impl Sessions {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let store = sessions::store(invocation)?;
        let removed = if self.prune { Some(self.prune(invocation, store.list()?.0)?) } else { None };
        let (all, unreadable) = store.list()?;
        let home = invocation.home()?;
        let sessions = all.iter().map(|folder| Row::of(folder, home.path())).collect();
        let damaged: Vec<String> = unreadable.into_iter().map(|it| format!("{}: {}", it.id, it.why)).collect();
        let exit = if damaged.is_empty() { Exit::Success } else { Exit::Incomplete };
        invocation.output.show(&Shown { sessions, damaged, removed })?;
        Ok(exit)
    }

    /// Removes what nobody needs; what went.
    fn prune(&self, invocation: &Invocation, all: Vec<SessionFolder>) -> Result<Vec<String>, Failure> {
        let mut unneeded = Vec::new();
        for folder in all.into_iter().filter(|folder| !folder.session().state.runs()) {
            // One that somebody works on, or that can't be read, is left to them.
            let Ok(mut session) = folder.lock() else { continue };
            if session.recover(&mut || true).is_ok() && self.is_unneeded(&session) {
                unneeded.push(session);
            }
        }
        let ids: Vec<String> = unneeded.iter().map(|session| session.session().id.to_string()).collect();
        if ids.is_empty() {
            return Ok(ids);
        }
        let note = Note::new(format!("sessions of which nothing waits are removed: {}", ids.join(", ")));
        sessions::record(invocation, "removing sessions", note)?;
        for session in unneeded {
            waiting::note(invocation, session.session(), 0);
            session.remove()?;
        }
        Ok(ids)
    }

    /// Whether nothing of it waits, and nothing that was applied could still be wanted back.
    fn is_unneeded(&self, session: &LockedSession) -> bool {
        let nothing_waits =
            session.changes(Limits::default()).is_ok_and(|sets| sets.iter().all(|set| set.changes.is_empty()));
        let is_settled = session.in_effect().is_ok_and(|applied| applied.is_empty());
        nothing_waits && (is_settled || session.session().started < self.older_than)
    }
}

impl Row {
    fn of(folder: &SessionFolder, home: &Path) -> Self {
        let session = folder.session();
        let seconds = u64::try_from(session.started.as_micros().div_euclid(1_000_000)).unwrap_or(0);
        Self {
            id: session.id.to_string(),
            name: session.name.clone(),
            state: state(session),
            waiting: waiting::of(home, session),
            runs: session.earlier.len() + 1,
            started: time::shown(session.started),
            age: time::age(seconds),
            bytes: bytes(folder.path()),
            command: session.command.clone(),
            workspace: session.layers.first().map(|it| it.lower.to_string_lossy().into_owned()).unwrap_or_default(),
        }
    }
}

/// What has become of it, in a word or two.
pub(super) fn state(session: &Session) -> &'static str {
    match &session.state {
        State::Running(process) if process.is_alive() => "running",
        State::Running(_) => "broken off",
        State::Ended => "ended",
        State::Applied => "applied",
        State::Discarded => "discarded",
        State::Reverted => "reverted",
    }
}

/// What a folder takes on the disk, as far as it is counted. No link is followed.
fn bytes(folder: &Path) -> u64 {
    let (mut left, mut total, mut seen) = (vec![folder.to_owned()], 0_u64, 0);
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
            total = total.saturating_add(metadata.blocks().saturating_mul(512));
            seen += 1;
            if seen > COUNTED {
                return total;
            }
            if metadata.is_dir() {
                left.push(entry.path());
            }
        }
    }
    total
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        1_073_741_824.. => format!("{} GiB", bytes >> 30),
    }
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        if let Some(removed) = &self.removed {
            let words = if removed.is_empty() { "nothing to remove".to_owned() } else { removed.join(", ") };
            page.put(Tone::Good, "removed").put(Tone::Plain, format!(": {words}")).end();
        }
        if self.sessions.is_empty() && self.damaged.is_empty() {
            page.line("no sessions");
        }
        let names = self.sessions.iter().map(|row| row.name.as_deref().unwrap_or_default());
        let width = widest(names);
        for row in &self.sessions {
            row.write(page, if width == 0 { 0 } else { width + 2 });
        }
        for damaged in &self.damaged {
            page.put(Tone::Bad, damaged).end();
        }
        if self.sessions.iter().any(|row| row.waiting > 0) {
            let hint = "look at what waits: portcullis changes --session ID; go on: portcullis run --continue=ID";
            page.put(Tone::Faint, hint).end();
        }
    }
}

impl Row {
    fn write(&self, page: &mut Page, width: usize) {
        let tone = match self.state {
            "running" => Tone::Good,
            "broken off" => Tone::Bad,
            _ => Tone::Plain,
        };
        page.column(Tone::Strong, &self.id, 14);
        page.column(Tone::Plain, self.name.as_deref().unwrap_or_default(), width);
        page.column(tone, self.state, 12).column(Tone::Faint, &self.age, 8).column(Tone::Faint, size(self.bytes), 10);
        if self.waiting > 0 {
            page.put(Tone::Warning, format!("{} waiting  ", self.waiting));
        }
        if self.runs > 1 {
            page.put(Tone::Faint, format!("{} runs  ", self.runs));
        }
        page.put(Tone::Plain, self.command.join(" ")).put(Tone::Faint, format!("  in {}", self.workspace)).end();
    }
}
