//! The grammar of shells: text becomes a tree. What the tree would do is said elsewhere.
//!
//! It reads what bash, sh and zsh share, and what bash has beyond that. What it can't read is a [`Problem`] with the part
//! that it could read, and never nothing: whoever asks treats the rest as unknown.

mod ast;
mod brackets;
mod compound;
mod cursor;
mod parameter;
mod parse;
mod redirect;
mod words;

pub(crate) use ast::{
    Arm, Assignment, Case, Command, Element, Index, Item, Mark, Parameter, ParameterOp, Part, Redirect, RedirectOp,
    Replaced, Script, Shape, Simple, Word,
};

pub(crate) use parse::DECLARING;
pub(crate) use words::unescape;

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) why: &'static str,
    /// Where, in bytes.
    pub(crate) at: usize,
}

/// What was read, and what stopped the reading.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) script: Script,
    pub(crate) problem: Option<Problem>,
}

/// Reads a text.
pub(crate) fn parse(text: &str) -> Parsed {
    parse::Parser::new(text).whole()
}

/// Whether a text can't stand for itself, so that what comes behind it belongs to it: `if true; then`, `cat <<E`, `#`.
pub(crate) fn is_part_of_a_command(text: &str) -> bool {
    text.contains("<<") || text.contains('#') || parse(text).problem.is_some()
}

/// Reads a text that is expanded as if it stood in double quotes.
pub(crate) fn parse_quoted(text: &str) -> Result<Word, Problem> {
    parse::Parser::new(text).quoted_text()
}
