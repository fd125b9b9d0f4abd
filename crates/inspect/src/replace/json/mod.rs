//! Puts values back into the source of JSON that comes in pieces, such as the arguments of a tool call.
//!
//! A piece may end anywhere, in the middle of an escape as well. What is put back is escaped for the place where it
//! stands: once in a string, twice in a string of JSON that is itself in a string, and so on. A string counts as JSON as
//! long as it begins with an object or a list and nothing in it speaks against it. What it is quoted for otherwise, such
//! as a shell, is not known here.

mod accept;
mod decode;
mod escape;

use super::direction::{LocalText, TowardLocal};
use super::search::{Found, REACH, Search, Tally};
use super::session::Session;
use decode::{Decoded, MOST_GATHERED};
use escape::escaped;
pub(crate) use escape::write_escaped;
use std::sync::Arc;

/// Puts values back into a stream of JSON source on its way to the local side. If the source is good JSON, so is what
/// comes out; whether it is good is not checked. What comes out does not depend on where the pieces end, and everything
/// that is no placeholder in a string comes out as it came in.
#[derive(Debug)]
pub struct JsonRestorer {
    session: Arc<Session>,
    source: String,
    decoded: Decoded,
    tally: Tally,
}

impl JsonRestorer {
    /// How many bytes are held back at most.
    pub const MOST_HELD: usize = REACH + MOST_GATHERED;

    /// Restores in a document of JSON, from its start.
    pub fn document(session: Arc<Session>, toward: TowardLocal) -> Self {
        Self::new(session, toward, false)
    }

    /// Restores in the source of a string, from behind its opening quote.
    pub fn inside_string(session: Arc<Session>, toward: TowardLocal) -> Self {
        Self::new(session, toward, true)
    }

    fn new(session: Arc<Session>, TowardLocal { .. }: TowardLocal, in_string: bool) -> Self {
        Self { session, source: String::new(), decoded: Decoded::new(in_string), tally: Tally::default() }
    }

    /// Takes the next piece of the source; gives what is certain by now.
    pub fn push(&mut self, chunk: &str) -> LocalText {
        let at = self.source.len();
        self.source.push_str(chunk);
        self.decoded.push(chunk, at);
        self.restore(false)
    }

    /// Ends the source; gives what was held back, and what was found in all of it.
    pub fn finish(mut self) -> (LocalText, Tally) {
        self.decoded.finish();
        (self.restore(true), self.tally)
    }

    /// How many bytes are held back now.
    pub fn held(&self) -> usize {
        self.source.len()
    }

    fn restore(&mut self, ended: bool) -> LocalText {
        let mut out = String::with_capacity(self.source.len());
        let (decoded, source) = (&self.decoded, self.source.as_str());
        let table = self.session.read();
        let search = Search::new(&table, self.session.keyed(), decoded.text(), ended);
        let (mut at, mut copied) = (0, 0);
        let certain = loop {
            match search.next(at, |start| decoded.reach(start, REACH), &mut self.tally) {
                Found::Placeholder { span, entry } => {
                    let place = decoded.source_of(span.start)..decoded.source_of(span.end);
                    out.push_str(source.get(copied..place.start).unwrap_or_default());
                    out.push_str(&escaped(entry.core(), decoded.depth_of(span.start)));
                    (at, copied) = (span.end, place.end);
                }
                Found::Undecided(start) => break start,
                Found::Nothing => break decoded.text().len(),
            }
        };
        drop(table);
        let end = self.decoded.source_of(certain);
        out.push_str(self.source.get(copied..end).unwrap_or_default());
        self.source.drain(..end);
        self.decoded.take(certain);
        LocalText::new(out)
    }
}
