//! `portcullis log publish`: the ledger as a folder of files that any static file server can serve and that any client of
//! C2SP tlog-tiles can read and check.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_ledger::Tiles;
use serde::Serialize;
use std::path::PathBuf;

/// Writes the ledger to a folder that any static file server can serve. Publishing again adds what is new.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Published {
    folder: String,
    records: u64,
}

impl Publish {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let folder = invocation.cwd()?.join(self.folder);
        let records = Tiles::publish(&reader, &folder)?;
        invocation.output.show(&Published { folder: folder.to_string_lossy().into_owned(), records })?;
        Ok(Exit::Success)
    }
}

impl View for Published {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "published")
            .put(Tone::Plain, format!(": {} records in {}", self.records, self.folder))
            .end();
        page.line("  checkpoint    the newest signed checkpoint");
        page.line("  tile/         the hashes of the tree");
        page.line("  tile/entries/ the records themselves");
        page.line("Any static file server can serve it, and any client of C2SP tlog-tiles can read and check it.");
        page.put(Tone::Warning, "note")
            .put(
                Tone::Plain,
                ": whoever can read this folder can read your records. It is private to you until you change its mode",
            )
            .end();
    }
}
