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

/// The texts of a part of a document, and where each stands.
pub(super) struct Pieces {
    pub(super) all: Vec<Piece>,
    spans: Vec<Range<usize>>,
}

impl Pieces {
    /// The texts of `part`, but for what lies in `without`.
    pub(super) fn of(document: &Document<'_>, part: Value<'_>, without: Option<&Range<usize>>) -> Self {
        let mut pieces = Self { all: Vec::new(), spans: Vec::new() };
        for text in document.texts(part.numbers()) {
            if without.is_some_and(|hole| hole.contains(&text.span.start)) {
                continue;
            }
            let says = crate::json::Decoded::of_source(document.source().get(text.span.clone()).unwrap_or_default());
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
