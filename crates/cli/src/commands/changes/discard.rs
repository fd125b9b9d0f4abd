//! `portcullis changes discard`: throws away what a session wrote.

use super::Which;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::sessions;
use clap::Args;
use portcullis_event::Note;
use serde::Serialize;

/// Throws away what a session wrote. What was applied stays, and can still be taken back.
#[derive(Debug, Args)]
pub(crate) struct Discard {
    #[command(flatten)]
    which: Which,
}

/// What was thrown away.
#[derive(Debug, Serialize)]
struct Discarded {
    session: String,
}

impl Discard {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut session = sessions::open(invocation, self.which.session.as_deref())?;
        let id = session.session().id.to_string();
        if session.session().state.runs() {
            return Err(portcullis_changes::ChangesError::Running(id).into());
        }
        let note = Note::new(format!("what session {id} wrote is thrown away"));
        sessions::record(invocation, "throwing away the changes", note)?;
        session.discard()?;
        crate::waiting::note(invocation, session.session(), 0);
        invocation.output.show(&Discarded { session: id })?;
        Ok(Exit::Success)
    }
}

impl View for Discarded {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "thrown away").put(Tone::Plain, format!(": what session {} wrote", self.session)).end();
    }
}
