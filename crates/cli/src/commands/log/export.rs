//! `portcullis log export`: the ledger in an open format, on standard output.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::interchange::{self, is_written};
use crate::invocation::Invocation;
use crate::ledger::{self, SLICE};
use clap::Args;
use portcullis_ledger::export::{Entry, Exporter, Format};
use std::io::{self, BufWriter, Write as _};

/// Writes the ledger in an open format to standard output.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The format
    #[arg(long, default_value = "jsonl", value_parser = interchange::format())]
    format: Format,
    /// The first record
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,
    /// The record after the last one; without it, all there are
    #[arg(long, value_name = "N")]
    end: Option<u64>,
}

impl Export {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let end = self.end.unwrap_or(u64::MAX).min(reader.extent()?.size);
        let mut exporter = Exporter::new(self.format, BufWriter::new(io::stdout().lock()));
        let mut unreadable = 0;
        let mut next = self.first;
        while next < end {
            let limit = usize::try_from(end - next).unwrap_or(SLICE).min(SLICE);
            let stored = reader.read(next, limit)?;
            next += u64::try_from(stored.len()).unwrap_or(u64::MAX);
            for entry in stored.into_iter().map(ledger::Entry::from) {
                let Ok(record) = entry.record else {
                    unreadable += 1;
                    continue;
                };
                if !is_written(exporter.push(&Entry { index: entry.index, record }))? {
                    return Ok(Exit::Success);
                }
            }
        }
        let finished = exporter.finish().and_then(|mut out| Ok(out.flush()?));
        is_written(finished)?;
        if unreadable == 0 { Ok(Exit::Success) } else { Err(left_out(unreadable)) }
    }
}

fn left_out(count: u64) -> Failure {
    Failure::incomplete(format!("{count} records could not be read and are missing in the export"))
        .because("a newer version may have written them; they are in the ledger all the same")
        .fix("update Portcullis")
}
