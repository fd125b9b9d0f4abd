//! `portcullis changes list`: the sessions, the latest first.

use super::show::Summary;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::sessions;
use clap::Args;
use serde::Serialize;

/// Lists the sessions, the latest first.
#[derive(Debug, Args)]
pub(crate) struct List {}

/// The sessions.
#[derive(Debug, Serialize)]
struct Listed {
    sessions: Vec<Summary>,
    damaged: Vec<Damaged>,
}

/// A session that can't be read.
#[derive(Debug, Serialize)]
struct Damaged {
    id: String,
    what: String,
}

impl List {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let (sessions, unreadable) = sessions::store(invocation)?.list()?;
        let damaged: Vec<Damaged> =
            unreadable.into_iter().map(|it| Damaged { id: it.id, what: it.why.to_string() }).collect();
        let exit = if damaged.is_empty() { Exit::Success } else { Exit::Incomplete };
        let sessions = sessions.iter().map(|folder| Summary::of(folder.session())).collect();
        invocation.output.show(&Listed { sessions, damaged })?;
        Ok(exit)
    }
}

impl View for Listed {
    fn write(&self, page: &mut Page) {
        if self.sessions.is_empty() && self.damaged.is_empty() {
            page.line("no sessions yet");
        }
        for session in &self.sessions {
            session.write(page);
        }
        for damaged in &self.damaged {
            page.put(Tone::Strong, &damaged.id).put(Tone::Plain, "  ").put(Tone::Bad, &damaged.what).end();
        }
    }
}
