//! `portcullis log add`: a person's note, which travels the same road as everything else.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::hex::hex;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::surroundings;
use clap::Args;
use portcullis_event::{Enforcement, Event, EventId, Note, Receipt};
use serde::Serialize;
use std::time::SystemTime;

/// Puts a note of yours on the record.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What you want to be remembered. It is not private: it can be read and searched
    #[arg(long)]
    text: String,
}

/// Where the note is now.
#[derive(Debug, Serialize)]
struct Added {
    index: u64,
    id: String,
    leaf: String,
}

impl View for Added {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "recorded")
            .put(Tone::Plain, format!(" as number {}, durable and signed", self.index))
            .end();
        page.put(Tone::Faint, "  id   ").put(Tone::Plain, &self.id).end();
        page.put(Tone::Faint, "  hash ").put(Tone::Plain, &self.leaf).end();
    }
}

impl Add {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if self.text.trim().is_empty() {
            return Err(Failure::usage("the note is empty").fix("say what happened: --text \"…\""));
        }
        let gate = Gate::open(invocation)?;
        let actor = surroundings::actor()?;
        let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), actor, Note::new(self.text));
        event.place = surroundings::place(invocation);
        let id = event.id.to_string();
        let recorded = gate.pass(event);
        match (recorded.receipt(), recorded.enforce()) {
            (Some(Receipt { index, leaf }), Enforcement::Allow(_) | Enforcement::AllowWithChanges(..)) => {
                invocation.output.show(&Added { index, id, leaf: hex(&leaf) })?;
                Ok(Exit::Success)
            }
            (_, Enforcement::Deny(reasons) | Enforcement::Ask(_, _, reasons)) => {
                Err(Failure::denied("the note was not let through", &reasons))
            }
            (None, Enforcement::Allow(_) | Enforcement::AllowWithChanges(..)) => {
                Err(Failure::incomplete("the note could not be recorded").fix("`portcullis doctor` says why"))
            }
        }
    }
}
