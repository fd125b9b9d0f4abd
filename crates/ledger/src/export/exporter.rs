//! Writes entries one by one.

use super::{Entry, ExportError, Format, cef, jsonl, ocsf, otlp};
use portcullis_event::ParseError;
use std::io::Write;

/// Writes entries to a writer in a format. Call [`Exporter::finish`] at the end: a format may hold some back until a
/// batch of them is full.
#[derive(Debug)]
pub struct Exporter<W> {
    format: Format,
    out: W,
    batch: otlp::Batch,
}

impl<W: Write> Exporter<W> {
    /// Will write to `out`.
    pub fn new(format: Format, out: W) -> Self {
        Self { format, out, batch: otlp::Batch::default() }
    }

    /// Writes one entry, or puts it into the batch that is being filled.
    pub fn push(&mut self, entry: &Entry) -> Result<(), ExportError> {
        match self.format {
            Format::Jsonl => self.line(entry, jsonl::line),
            Format::Ocsf => self.line(entry, ocsf::line),
            Format::Cef => self.line(entry, cef::line),
            Format::Otlp => {
                let record = otlp::log_record(entry).map_err(|source| failure(entry, source))?;
                if self.batch.is_full_with(&record) {
                    self.flush_batch()?;
                }
                self.batch.push(record);
                Ok(())
            }
        }
    }

    /// Writes what is held back and flushes the writer. More may follow; a follower calls this when it is idle.
    pub fn flush(&mut self) -> Result<(), ExportError> {
        self.flush_batch()?;
        Ok(self.out.flush()?)
    }

    /// Writes what is held back, flushes the writer and gives it back.
    pub fn finish(mut self) -> Result<W, ExportError> {
        self.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, entry: &Entry, write: fn(&Entry) -> Result<Vec<u8>, ParseError>) -> Result<(), ExportError> {
        let mut line = write(entry).map_err(|source| failure(entry, source))?;
        line.push(b'\n');
        Ok(self.out.write_all(&line)?)
    }

    fn flush_batch(&mut self) -> Result<(), ExportError> {
        if let Some(mut request) = self.batch.take_request() {
            request.push(b'\n');
            self.out.write_all(&request)?;
        }
        Ok(())
    }
}

fn failure(entry: &Entry, source: ParseError) -> ExportError {
    ExportError::Record { index: entry.index, source }
}
