//! `portcullis log status`: how far the ledger goes, and under which name and key it is signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::hex::hex;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::time;
use clap::Args;
use portcullis_event::Timestamp;
use portcullis_ledger::witness::WitnessedNote;
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
    /// Who saw how much of it, and when.
    witnessed: Vec<Seen>,
    /// The newest checkpoint, signed; whoever keeps it can tell later whether the ledger was cut or exchanged.
    checkpoint: String,
}

/// What a witness saw.
#[derive(Debug, Serialize)]
struct Seen {
    by: String,
    through: u64,
    time: String,
}

impl Status {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let reader = ledger::open(&home)?;
        let found = reader.extent()?;
        invocation.output.show(&Extent {
            folder: reader.folder().to_string_lossy().into_owned(),
            origin: ledger::origin(&reader)?,
            records: found.size,
            root: hex(&found.root),
            witnessed: ledger::witnessed(&home)?.into_iter().map(Seen::from).collect(),
            checkpoint: found.checkpoint,
        })?;
        Ok(Exit::Success)
    }
}

impl From<WitnessedNote> for Seen {
    fn from(note: WitnessedNote) -> Self {
        let micros = i64::try_from(note.time).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        Self { by: note.by, through: note.checkpoint.size, time: time::shown(Timestamp::from_micros(micros)) }
    }
}

impl View for Extent {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Faint, "folder   ").put(Tone::Plain, &self.folder).end();
        page.put(Tone::Faint, "origin   ").put(Tone::Plain, &self.origin).end();
        page.put(Tone::Faint, "records  ").put(Tone::Plain, self.records.to_string()).end();
        page.put(Tone::Faint, "root     ").put(Tone::Plain, &self.root).end();
        for seen in &self.witnessed {
            page.put(Tone::Faint, "seen     ")
                .put(Tone::Plain, format!("through {} by {} at {}", seen.through, seen.by, seen.time))
                .end();
        }
        if self.witnessed.is_empty() {
            page.put(Tone::Faint, "seen     ")
                .put(Tone::Warning, "by no witness: an older copy in its place would not be noticed")
                .end();
        }
        page.put(Tone::Faint, "newest checkpoint:").end();
        page.lines(&self.checkpoint);
    }
}
