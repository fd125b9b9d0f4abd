//! `portcullis log witness`: somebody else remembers how far a ledger had come, so that cutting it off or exchanging the
//! whole folder is noticed.

mod git;
mod serve;
mod submit;
mod watch;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Subcommand;
use serde::Serialize;

/// Let somebody else remember how far the ledger has come.
#[derive(Debug, Subcommand)]
pub(crate) enum Witness {
    /// Commit the newest checkpoint to a reference of a git repository, for you to push
    Git(git::Git),
    /// Have the newest checkpoint signed by a witness on the network
    Submit(submit::Submit),
    /// Be a witness: check another user's ledger on this machine, and remember how far it had come
    Watch(watch::Watch),
    /// Be a witness on the network
    Serve(serve::Serve),
}

impl Witness {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Git(git) => git.run(invocation),
            Self::Submit(submit) => submit.run(invocation),
            Self::Watch(watch) => watch.run(invocation),
            Self::Serve(serve) => serve.run(invocation),
        }
    }
}

/// How far a ledger was witnessed, and by whom.
#[derive(Debug, Serialize)]
struct Remembered {
    by: String,
    records: u64,
}

impl View for Remembered {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "witnessed")
            .put(Tone::Plain, format!(" through {} records by {}", self.records, self.by))
            .end();
    }
}
