//! `portcullis log show`: one record, all of it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger::{self, Entry};
use crate::output::View;
use crate::page::{Page, Tone};
use crate::private_text::{self, Piece, Pieces};
use crate::{time, verdict};
use clap::Args;
use portcullis_event::{Record, hex};
use serde::Serialize;

/// Shows one record, all of it.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its number
    index: u64,
    /// Open its private text, too; that you read it is recorded
    #[arg(long)]
    content: bool,
}

/// A record.
#[derive(Debug, Serialize)]
struct Shown {
    index: u64,
    leaf: String,
    record: Record,
    /// Its private text, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Pieces>,
}

impl Show {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let Entry { index, leaf, dropped, record } = ledger::entry(&reader, self.index)?;
        if dropped {
            return Err(Failure::incomplete(format!("record {index} was dropped by retention"))
                .because(format!("only its hash is left: {}", hex::encode(&leaf))));
        }
        let record = record.map_err(|error| {
            Failure::incomplete(format!("record {index} can't be read: {error}"))
                .because("a newer version may have written it; it is in the ledger all the same")
                .fix("update Portcullis")
        })?;
        let open = || private_text::read(invocation, &reader, index, &record);
        let content = self.content.then(open).transpose()?;
        let unreadable = |pieces: &Pieces| pieces.values().any(|piece| matches!(piece, Piece::Unreadable { .. }));
        let exit = if content.as_ref().is_some_and(unreadable) { Exit::Incomplete } else { Exit::Success };
        invocation.output.show(&Shown { index, leaf: hex::encode(&leaf), record, content })?;
        Ok(exit)
    }
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        let (event, decision) = (&self.record.event, &self.record.decision);
        let (tone, word) = verdict::shown(decision.verdict);
        page.put(Tone::Strong, format!("record {}", self.index)).put(Tone::Plain, format!("  {}  ", event.what.kind()));
        page.put(tone, word).end();
        page.put(Tone::Faint, "  time ").put(Tone::Plain, time::shown(event.time)).end();
        page.put(Tone::Faint, "  id   ").put(Tone::Plain, event.id.to_string()).end();
        page.put(Tone::Faint, "  hash ").put(Tone::Plain, &self.leaf).end();
        page.end();
        if let Ok(text) = serde_json::to_string_pretty(&self.record) {
            page.lines(text);
        }
        if let Some(pieces) = &self.content {
            private_text::write(pieces, page);
        }
    }
}
