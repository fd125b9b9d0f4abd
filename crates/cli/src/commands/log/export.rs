//! `portcullis log export`: the ledger in an open format, on standard output or pushed to a collector.

use crate::collector::Collector;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interchange::{self, is_written};
use crate::invocation::Invocation;
use crate::records::Missing;
use crate::{ledger, push, records};
use clap::Args;
use portcullis_ledger::Reader;
use portcullis_ledger::export::{Exporter, Format};
use std::io::{self, BufWriter, Write as _};
use std::ops::Range;

/// Writes the ledger in an open format to standard output, or pushes it to a collector.
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
    /// Push to this collector of OpenTelemetry instead, such as `http://127.0.0.1:4318/v1/logs`; needs --format otlp
    #[arg(long, value_name = "URL")]
    to: Option<String>,
}

impl Export {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let collector = self.to.as_deref().map(Collector::at).transpose()?;
        if collector.is_some() && self.format != Format::Otlp {
            return Err(Failure::usage("only the format otlp can be pushed").fix("add --format otlp"));
        }
        let reader = ledger::open(&invocation.home()?)?;
        let range = self.first..self.end.unwrap_or(u64::MAX).min(reader.extent()?.size);
        let missing = match collector {
            Some(collector) => Some(push::push(invocation, &collector, &reader, range)?),
            None => write(self.format, &reader, range)?,
        };
        let Missing { dropped, unreadable } = missing.unwrap_or_default();
        if dropped > 0 {
            invocation.output.remark(&format!("{dropped} records are missing: retention has dropped them"));
        }
        if unreadable == 0 { Ok(Exit::Success) } else { Err(left_out(unreadable)) }
    }
}

/// Writes records to standard output; `None` if their reader went away.
fn write(format: Format, reader: &Reader, range: Range<u64>) -> Result<Option<Missing>, Failure> {
    let mut exporter = Exporter::new(format, BufWriter::new(io::stdout().lock()));
    let missing = records::each(reader, range, &mut |entry| is_written(exporter.push(&entry)))?;
    if missing.is_some() {
        is_written(exporter.finish().and_then(|mut out| Ok(out.flush()?)))?;
    }
    Ok(missing)
}

fn left_out(count: u64) -> Failure {
    Failure::incomplete(format!("{count} records could not be read and are missing in the export"))
        .because("a newer version may have written them; they are in the ledger all the same")
        .fix("update Portcullis")
}
