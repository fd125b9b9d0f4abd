//! `portcullis log status`: how far the ledger goes, and under which name and key it is signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::hex::hex;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use serde::Serialize;

/// Says how far the ledger goes.
#[derive(Debug, Args)]
pub(crate) struct Status {}

/// How far the ledger goes.
#[derive(Debug, Serialize)]
struct Extent {
    folder: String,
    origin: String,
    records: u64,
    root: String,
    /// The newest checkpoint, signed; whoever keeps it can tell later whether the ledger was cut or exchanged.
    checkpoint: String,
}

impl Status {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let found = reader.extent()?;
        invocation.output.show(&Extent {
            folder: reader.folder().to_string_lossy().into_owned(),
            origin: ledger::origin(&reader)?,
            records: found.size,
            root: hex(&found.root),
            checkpoint: found.checkpoint,
        })?;
        Ok(Exit::Success)
    }
}

impl View for Extent {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Faint, "folder   ").put(Tone::Plain, &self.folder).end();
        page.put(Tone::Faint, "origin   ").put(Tone::Plain, &self.origin).end();
        page.put(Tone::Faint, "records  ").put(Tone::Plain, self.records.to_string()).end();
        page.put(Tone::Faint, "root     ").put(Tone::Plain, &self.root).end();
        page.put(Tone::Faint, "newest checkpoint:").end();
        page.lines(&self.checkpoint);
    }
}
