//! `portcullis log add`: a person's note, which travels the same road as everything else.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::note;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_event::{Receipt, hex};
use serde::Serialize;

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
        let (id, Receipt { index, leaf }) = note::record(invocation, &gate, "the note", self.text)?;
        invocation.output.show(&Added { index, id, leaf: hex::encode(&leaf) })?;
        Ok(Exit::Success)
    }
}
