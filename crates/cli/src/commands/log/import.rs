//! `portcullis log import`: reads an export back and writes its records in another format. Nothing is added to the
//! ledger: a record belongs to the log that signed it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::interchange::{self, is_written};
use crate::invocation::Invocation;
use clap::Args;
use portcullis_ledger::export::{self, Exporter, Format};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};

/// Reads an export back and writes its records to standard output, in another format if you like. Nothing is added to your
/// ledger: a record belongs to the log that signed it.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The export; - is standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// The format that it is in
    #[arg(long, default_value = "jsonl", value_parser = interchange::format())]
    format: Format,
    /// The format to write
    #[arg(long, default_value = "jsonl", value_parser = interchange::format())]
    to: Format,
}

impl Import {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let input: Box<dyn BufRead> = match self.file.as_str() {
            "-" => Box::new(io::stdin().lock()),
            path => Box::new(BufReader::new(
                File::open(path).map_err(|error| Failure::io("read the export", None, &error).at(path))?,
            )),
        };
        let mut exporter = Exporter::new(self.to, BufWriter::new(io::stdout().lock()));
        let mut wrong = 0_u64;
        for entry in export::import(self.format, input) {
            match entry {
                Ok(entry) if is_written(exporter.push(&entry))? => {}
                Ok(_) => return Ok(Exit::Success),
                Err(error) => {
                    wrong += 1;
                    invocation.output.remark(&format!("{}: {error}", self.file));
                }
            }
        }
        is_written(exporter.finish().and_then(|mut out| Ok(out.flush()?)))?;
        if wrong == 0 {
            return Ok(Exit::Success);
        }
        Err(Failure::incomplete(format!("{wrong} lines could not be read"))
            .at(self.file)
            .fix("name the format that it is in with --format"))
    }
}
