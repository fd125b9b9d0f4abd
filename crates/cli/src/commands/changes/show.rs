//! `portcullis changes show`: what applies by itself, what waits, and why.

use super::Which;
use super::row::{self, Row};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::PolicyFiles;
use crate::terms::Terms;
use crate::{sessions, time};
use clap::Args;
use portcullis_changes::{Limits, Live, Session};
use serde::Serialize;

/// Shows what a session changed.
#[derive(Debug, Default, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
}

/// A session and its changes.
#[derive(Debug, Serialize)]
struct Shown {
    session: Summary,
    changes: Vec<Row>,
}

/// A session in short.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    id: String,
    command: Vec<String>,
    started: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i32>,
    pub(super) state: &'static str,
    workspace: String,
    /// How many names it changed in the files themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<usize>,
}

impl Summary {
    pub(super) fn of(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            command: session.command.clone(),
            started: time::shown(session.started),
            ended: session.ended.map(time::shown),
            status: session.status,
            state: crate::commands::sessions::state(session),
            workspace: session.layers.first().map(|it| it.lower.to_string_lossy().into_owned()).unwrap_or_default(),
            live: session.live.and_then(Live::changed),
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.put(Tone::Strong, &self.id).put(Tone::Plain, "  ").put(Tone::Plain, self.command.join(" ")).end();
        page.put(Tone::Faint, format!("  {} from {}", self.state, self.started));
        if let Some(ended) = &self.ended {
            page.put(Tone::Faint, format!(" to {ended}"));
        }
        if let Some(status) = self.status {
            page.put(Tone::Faint, format!(", exit status {status}"));
        }
        page.put(Tone::Faint, format!(", in {}", self.workspace)).end();
        if let Some(count) = self.live {
            let what = format!("  live: {count} names were changed in the files themselves, which can't be taken back");
            page.put(Tone::Warning, what).end();
        }
    }
}

impl Show {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let session = sessions::open(invocation, self.which.session.as_deref())?;
        let sets = session.changes(Limits::default())?;
        let policy = PolicyFiles::find(invocation)?.load()?;
        let changes = row::rows(&sets, &Terms::of(&policy).leaving(crate::live::left(&session, &sets)));
        let exit = if changes.iter().any(Row::waits) { Exit::Findings } else { Exit::Success };
        invocation.output.show(&Shown { session: Summary::of(session.session()), changes })?;
        Ok(exit)
    }
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        self.session.write(page);
        let groups = [
            ("applies", "applies by itself", Tone::Good),
            ("waits", "waits for you", Tone::Warning),
            ("drifted", "was changed by somebody else, too", Tone::Bad),
            ("never", "can't be applied", Tone::Bad),
        ];
        if self.changes.is_empty() {
            page.line("no changes");
            return;
        }
        for (verdict, heading, tone) in groups {
            row::write(page, heading, tone, verdict, &self.changes);
        }
        if self.changes.iter().any(|row| row.is("applies")) {
            page.put(Tone::Faint, "apply what applies by itself: portcullis changes apply").end();
        }
        if self.changes.iter().any(Row::waits) {
            page.put(
                Tone::Faint,
                "look at the rest: portcullis changes diff; then name it: portcullis changes apply PATH…",
            )
            .end();
        }
    }
}
