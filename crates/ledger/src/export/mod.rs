//! Open formats: what goes out can come back in.
//!
//! Each format has fields that a log collector shows as columns, and beside them the whole record in its canonical
//! encoding. The columns are for people and may lose something; reading back uses the record alone, so that
//! `import(export(entries))` gives the same entries, whatever a collector did to the columns.
//!
//! Nothing here opens a file or a socket: bytes go into a writer and come from a reader that somebody else opened.

mod cef;
mod columns;
mod exporter;
mod fields;
mod importer;
mod jsonl;
mod lines;
mod ocsf;
mod otlp;
#[cfg(test)]
mod tests;

pub use exporter::Exporter;
pub use importer::{ImportError, Importer};

use portcullis_event::{ParseError, Record};
use std::io::{BufRead, Write};
use std::str::FromStr;

/// What this program calls itself in the fields that name a product.
const PRODUCT: &str = "Portcullis";
/// The version in those fields.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One record and where it is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position, counted from 0.
    pub index: u64,
    /// The record.
    pub record: Record,
}

/// A format that entries are written in and read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One JSON object per line: `{"index":…,"record":…}`.
    Jsonl,
    /// Open Cybersecurity Schema Framework 1.8.0, one JSON object per line.
    Ocsf,
    /// Common Event Format, one event per line.
    Cef,
    /// OpenTelemetry logs as OTLP/HTTP sends them in JSON: one export request of up to 512 log records per line.
    Otlp,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Jsonl, Self::Ocsf, Self::Cef, Self::Otlp];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Ocsf => "ocsf",
            Self::Cef => "cef",
            Self::Otlp => "otlp",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A name that is not a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an export format; there are jsonl, ocsf, cef and otlp")]
pub struct UnknownFormat(String);

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The writer failed.
    #[error("the export can't be written: {0}")]
    Write(#[from] std::io::Error),
    /// A record that has no encoding. One that was read from a ledger always has.
    #[error("record {index} can't be written: {source}")]
    Record {
        /// Its position.
        index: u64,
        /// What is wrong with it.
        source: ParseError,
    },
}

/// Writes entries to `out` and says how many there were. For a source that can fail, or that never ends, push entries
/// into an [`Exporter`] one by one.
pub fn export(
    format: Format,
    entries: impl IntoIterator<Item = Entry>,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let mut exporter = Exporter::new(format, out);
    let mut count = 0;
    for entry in entries {
        exporter.push(&entry)?;
        count += 1;
    }
    exporter.finish()?;
    Ok(count)
}

/// Reads entries from `input`. What can't be read is reported with its line, and reading goes on behind it.
pub fn import<R: BufRead>(format: Format, input: R) -> Importer<R> {
    Importer::new(format, input)
}
