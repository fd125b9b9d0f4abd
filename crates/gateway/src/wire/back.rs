//! What happens to a reply on its way back, whichever interface it comes by: values take the place of their placeholders, and
//! each call of a tool is ruled about before the agent hears of it.

use super::said::Said;
use crate::json::{Decoded, Document, Edits, Value, quoted};
use portcullis_inspect::replace::{JsonRestorer, Restorer, Session, TowardLocal};
use std::sync::Arc;

/// A call of a tool, as the model asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What the provider calls this call.
    pub id: Option<String>,
    /// The tool.
    pub name: String,
    /// Its arguments as JSON, with placeholders where they have some.
    pub input: String,
    /// The same with values put back.
    pub restored: String,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The agent is handed it with values put back.
    Restored,
    /// The agent is handed it as it came: what it does with it may leave this machine.
    AsItCame,
    /// The agent is told these words instead.
    Refused(String),
}

/// Whoever rules about calls.
pub trait Rulings {
    /// Rules about one, and has that on the record.
    fn rule(&mut self, call: &Call) -> Ruling;
    /// Whether addresses in what is said have to be ruled about at all. As long as not, they pass as they come.
    fn watches_addresses(&self) -> bool {
        false
    }
    /// Rules about an address in what is said: the words that take its place, or `None` if it may be shown.
    fn address(&mut self, _url: &str, _is_image: bool) -> Option<String> {
        None
    }
}

/// Why a stream has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish<'a> {
    /// The provider ended it.
    Ended,
    /// It could not be read on; the words say why.
    Broken(&'a str),
}

/// What a reply told about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Tokens of the prompt, those that were cached included.
    pub tokens_in: Option<u64>,
    /// Of those, tokens that were read from the provider's cache.
    pub tokens_cached: Option<u64>,
    /// Of those, tokens that were written to it.
    pub tokens_written: Option<u64>,
    /// Tokens of the reply.
    pub tokens_out: Option<u64>,
    /// Why it ended, in the provider's word.
    pub finish: Option<String>,
    /// Calls that were handed over.
    pub released: u32,
    /// Calls that were refused.
    pub refused: u32,
    /// How many placeholders became values again.
    pub restored: u64,
}

/// The way back to the client on this machine.
pub struct Back<'a> {
    session: &'a Arc<Session>,
    rulings: &'a mut dyn Rulings,
    /// What the reply told so far.
    pub told: Told,
}

impl std::fmt::Debug for Back<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Back").field("told", &self.told).finish_non_exhaustive()
    }
}

impl<'a> Back<'a> {
    /// A way back in which values of `session` are put, to the client of this gate and nobody else.
    pub fn new(session: &'a Arc<Session>, rulings: &'a mut dyn Rulings) -> Self {
        Self { session, rulings, told: Told::default() }
    }

    /// A reader of one text that comes in pieces.
    pub(crate) fn said(&self) -> Said {
        Said::new(Restorer::new(Arc::clone(self.session), TowardLocal::promise()))
    }

    /// A text that is there as a whole, as the client may be shown it.
    pub(crate) fn shown(&mut self, text: &str) -> String {
        let mut said = self.said();
        said.push(text, self) + &said.finish(self)
    }

    pub(super) fn watches_addresses(&self) -> bool {
        self.rulings.watches_addresses()
    }

    pub(super) fn rule_address(&mut self, url: &str, is_image: bool) -> Option<String> {
        self.rulings.address(url, is_image)
    }

    /// A text with values put back.
    fn restored(&mut self, text: &str) -> String {
        let (text, tally) = self.session.restore(text, TowardLocal::promise());
        self.told.restored += tally.restored;
        text.into_local()
    }

    /// The source of JSON with values put back, escaped for where they stand.
    fn restored_json(&mut self, source: &str) -> String {
        let mut restorer = JsonRestorer::document(Arc::clone(self.session), TowardLocal::promise());
        let mut out = restorer.push(source).into_local();
        let (rest, tally) = restorer.finish();
        self.told.restored += tally.restored;
        out.push_str(rest.for_local());
        out
    }

    /// Has a call ruled about. `input` is JSON, or the text of a tool that takes one.
    pub(crate) fn rule(&mut self, id: Option<&str>, name: &str, input: &str) -> Outcome {
        let is_json = Document::read(input).is_ok();
        let restored = if is_json { self.restored_json(input) } else { self.restored(input) };
        let call = Call { id: id.map(str::to_owned), name: name.to_owned(), input: input.to_owned(), restored };
        match self.rulings.rule(&call) {
            Ruling::Refused(words) => {
                self.told.refused += 1;
                Outcome::Refused(words)
            }
            Ruling::Restored => {
                self.told.released += 1;
                Outcome::Released(call.restored)
            }
            Ruling::AsItCame => {
                self.told.released += 1;
                Outcome::Released(call.input)
            }
        }
    }

    /// Puts values back into a string of a document.
    pub(crate) fn edit_text(&mut self, value: Value<'_>, edits: &mut Edits) {
        let Some((span, source)) = value.inner() else { return };
        let decoded = Decoded::of_source(source);
        let restored = self.shown(decoded.text());
        if restored != decoded.text() {
            edits.put(span.start - 1..span.end + 1, quoted(&restored));
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is handed over with these arguments.
    Released(String),
    /// These words take its place.
    Refused(String),
}
