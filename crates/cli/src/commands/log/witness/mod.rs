//! `portcullis log witness`: somebody else remembers how far a ledger had come, so that cutting it off or exchanging the
//! whole folder is noticed.

mod add;
mod list;
mod remove;
mod serve;
mod share;
mod submit;
mod watch;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Subcommand;
use portcullis_ledger::note::{NoteError, Verifier};
use serde::Serialize;

/// Let somebody else remember how far the ledger has come.
#[derive(Debug, Subcommand)]
pub(crate) enum Witness {
    /// Put a witness on the list, and show it the ledger
    Add(Box<add::Add>),
    /// List the witnesses
    List(list::List),
    /// Take a witness off the list
    Remove(remove::Remove),
    /// Show the newest checkpoint to every witness on the list
    Submit(submit::Submit),
    /// Be a witness: check another user's ledger on this machine, and remember how far it had come
    Watch(watch::Watch),
    /// Be a witness on the network
    Serve(serve::Serve),
}

impl Witness {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Add(add) => add.run(invocation),
            Self::List(list::List {}) => list::List::run(invocation),
            Self::Remove(remove) => remove.run(invocation),
            Self::Submit(submit::Submit {}) => submit::Submit::run(invocation),
            Self::Watch(watch) => watch.run(invocation),
            Self::Serve(serve) => serve.run(invocation),
        }
    }
}

/// Reads a verifier key.
fn key(text: &str) -> Result<Verifier, NoteError> {
    Verifier::parse(text.trim())
}

/// How far a ledger was witnessed, and by whom.
#[derive(Debug, Serialize)]
struct Seen {
    by: String,
    records: u64,
}

impl View for Seen {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "witnessed")
            .put(Tone::Plain, format!(" through {} records by {}", self.records, self.by))
            .end();
    }
}
