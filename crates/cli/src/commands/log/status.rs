//! `portcullis log status`: how far the ledger goes, and under which name and key it is signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::{time, witnessed};
use clap::Args;
use portcullis_event::{Timestamp, hex};
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
    /// The same in one line.
    witness: String,
    /// Witnesses that say nothing, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
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
        let remembered = witnessed::remembered(&home, &reader);
        let furthest = remembered.furthest();
        let set_back = furthest.is_some_and(|note| note.checkpoint.size > found.size);
        let exit = if set_back || !remembered.unread.is_empty() { Exit::Incomplete } else { Exit::Success };
        invocation.output.show(&Extent {
            folder: reader.folder().to_string_lossy().into_owned(),
            origin: ledger::origin(&reader)?,
            records: found.size,
            root: hex::encode(&found.root),
            witness: furthest
                .map_or_else(|| witnessed::NOBODY.to_owned(), |note| witnessed::sentence(note, found.size)),
            witnessed: remembered.notes.into_iter().map(Seen::from).collect(),
            unread: remembered.unread,
            checkpoint: found.checkpoint,
        })?;
        Ok(exit)
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
        let tone = match self.witnessed.iter().map(|seen| seen.through).max() {
            None => Tone::Warning,
            Some(through) if through > self.records => Tone::Bad,
            Some(_) => Tone::Plain,
        };
        page.put(Tone::Faint, "witness  ").put(tone, &self.witness).end();
        if self.witnessed.is_empty() {
            page.put(Tone::Good, "     fix ").put(Tone::Plain, witnessed::REMEDY).end();
        }
        for why in &self.unread {
            page.put(Tone::Warning, "    note ").put(Tone::Plain, why).end();
        }
        page.put(Tone::Faint, "newest checkpoint:").end();
        page.lines(&self.checkpoint);
    }
}
