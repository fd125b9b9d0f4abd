//! Reads entries back. Each failure is an item of its own, with its line; nothing behind it is lost.

use super::lines::{self, Line};
use super::{Entry, Format, cef, jsonl, ocsf, otlp};
use portcullis_event::ParseError;
use std::collections::VecDeque;
use std::io::BufRead;

/// A line, or a record in it, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ImportError {
    /// The line, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// What is wrong, without saying again that this is about a record.
pub(super) fn why(error: ParseError) -> String {
    match error {
        ParseError::Record(why) => why,
        other @ (ParseError::Name { .. } | ParseError::Host(_) | ParseError::Path(_) | ParseError::Id { .. }) => {
            other.to_string()
        }
    }
}

/// An iterator over the entries in an input.
#[derive(Debug)]
pub struct Importer<R> {
    format: Format,
    input: R,
    line: u64,
    ended: bool,
    /// What the last line held and was not handed out yet.
    ready: VecDeque<Result<Entry, ImportError>>,
}

impl<R: BufRead> Importer<R> {
    pub(super) fn new(format: Format, input: R) -> Self {
        Self { format, input, line: 0, ended: false, ready: VecDeque::new() }
    }

    /// Reads one more line; `false` if there is none.
    fn read_line(&mut self) -> bool {
        self.line += 1;
        let read = match lines::next(&mut self.input) {
            Ok(None) => return false,
            Ok(Some(Line::Whole(line))) => self.parse(&line),
            Ok(Some(Line::TooLong)) => vec![Err("it is longer than 64 MiB".to_owned())],
            Err(error) => {
                self.ended = true;
                vec![Err(format!("the input can't be read any further: {error}"))]
            }
        };
        let line = self.line;
        self.ready.extend(read.into_iter().map(|entry| entry.map_err(|why| ImportError { line, why })));
        true
    }

    fn parse(&self, line: &[u8]) -> Vec<Result<Entry, String>> {
        if line.trim_ascii().is_empty() {
            return Vec::new();
        }
        match self.format {
            Format::Jsonl => vec![jsonl::parse(line)],
            Format::Ocsf => vec![ocsf::parse(line)],
            Format::Cef => vec![cef::parse(line)],
            Format::Otlp => otlp::parse(line),
        }
    }
}

impl<R: BufRead> Iterator for Importer<R> {
    type Item = Result<Entry, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            self.ended |= !self.read_line();
        }
        self.ready.pop_front()
    }
}
