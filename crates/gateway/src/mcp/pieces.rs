//! The texts of a message, one by one, and the message with others in their place.

use super::road::Fate;
use crate::json::{Document, Edits, Value, quoted};
use std::ops::Range;

/// A text of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// Whether it is the name of a member, which is looked at and never changed.
    pub is_fixed: bool,
}

/// What the members of a message are called.
const OWN_NAMES: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// The texts of a message, and where each stands.
pub(super) struct Pieces {
    pub(super) all: Vec<Piece>,
    spans: Vec<Range<usize>>,
}

impl Pieces {
    /// The texts of a message, but for what lies in `without`, and for what the protocol itself has to say. A member that nobody has
    /// heard of is read like every other one.
    pub(super) fn of(document: &Document<'_>, without: Option<&Range<usize>>) -> Self {
        let mut pieces = Self { all: Vec::new(), spans: Vec::new() };
        let root = document.root();
        let own = ["jsonrpc", "id", "method"].map(|name| root.get(name).map(Value::span));
        let left_out = |at: usize| own.iter().flatten().chain(without).any(|span| span.contains(&at));
        for text in document.texts(root.numbers()).filter(|text| !left_out(text.span.start)) {
            let says = crate::json::Decoded::of_source(document.source().get(text.span.clone()).unwrap_or_default());
            if text.is_name && OWN_NAMES.contains(&says.text()) {
                continue;
            }
            pieces.all.push(Piece { text: says.into_text().into_owned(), is_fixed: text.is_name });
            pieces.spans.push(text.span.start - 1..text.span.end + 1);
        }
        pieces
    }

    /// Puts what became of the texts into the document; an error is what stands in its place.
    pub(super) fn edit(&self, fate: Fate, edits: &mut Edits) -> Result<(), String> {
        match fate {
            Fate::AsItIs => Ok(()),
            Fate::Withheld(words) => Err(words),
            Fate::Changed(texts) => {
                for (at, text) in texts {
                    let is_fixed = self.all.get(at).is_none_or(|piece| piece.is_fixed);
                    let span = self.spans.get(at).filter(|_| !is_fixed).ok_or("it holds what must not be handed on")?;
                    edits.put(span.clone(), quoted(&text));
                }
                Ok(())
            }
        }
    }
}
