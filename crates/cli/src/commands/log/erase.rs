//! `portcullis log erase`: destroys the key of a session's private text, and with it the text. Records and proofs stay.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_event::SessionId;
use serde::Serialize;

/// Destroys the private text of a session. It can't be undone; the records and their proofs stay.
#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The session
    #[arg(long, value_name = "ID")]
    session: SessionId,
    /// Why; it is recorded
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Yes, destroy it
    #[arg(long)]
    yes: bool,
}

/// What was erased.
#[derive(Debug, Serialize)]
struct Erased {
    session: String,
    /// Whether there was anything to erase.
    erased: bool,
}

impl Erase {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let session = self.session.as_str();
        if !self.yes {
            return Err(Failure::usage(format!("this would destroy the private text of session {session}"))
                .because("it can't be undone")
                .fix("say so with --yes"));
        }
        let erased = Gate::open(invocation)?.log().erase_content(Some(session), self.reason)?;
        invocation.output.show(&Erased { session: session.to_owned(), erased })?;
        Ok(Exit::Success)
    }
}

impl View for Erased {
    fn write(&self, page: &mut Page) {
        if self.erased {
            page.put(Tone::Good, "erased").put(Tone::Plain, format!(": the text of session {}", self.session)).end();
        } else {
            page.line(format!("session {} has no private text that could still be read", self.session));
        }
    }
}
