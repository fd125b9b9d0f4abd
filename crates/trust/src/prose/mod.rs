//! What a text tells a model to do, by rules that are data: `rules/*.toml`.
//!
//! A rule speaks of classes of words that come together in a sentence, or in a few that follow each other. A word alone never
//! counts: what counts is who is told to do what with which thing, and what takes it back: a negation, a warning, a heading
//! that says that attacks are shown here.

mod book;
mod matching;
mod passage;

pub(crate) use book::Book;
pub use book::BookError;
pub(crate) use matching::Role;
pub(crate) use passage::Passages;

use portcullis_event::{Confidence, Severity};
use std::ops::Range;

/// What a rule found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said<'b> {
    pub(crate) rule: &'b ProseRule,
    pub(crate) confidence: Confidence,
    /// Whether it is a command: between backquotes it is no quotation.
    pub(crate) command: bool,
    /// Where, in the text that was read.
    pub(crate) span: Range<usize>,
    /// The number of the block that it begins in.
    pub(crate) block: usize,
}

impl Said<'_> {
    /// Whether the words alone leave it open.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.confidence < Confidence::High
    }
}

/// A rule of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProseRule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) severity: Severity,
    pub(crate) why: String,
    pub(crate) fix: String,
    pub(crate) cwe: Option<&'static str>,
    pub(crate) class: String,
}
