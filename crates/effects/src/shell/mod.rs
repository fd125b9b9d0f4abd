//! The grammar of shells: text becomes a tree. What the tree would do is said elsewhere.
//!
//! It reads what bash, sh and zsh share, and what bash has beyond that. What it can't read is a [`Problem`] with the part
//! that it could read, and never nothing: whoever asks treats the rest as unknown.

mod ast;
mod compound;
mod cursor;
mod parameter;
mod parse;
mod redirect;
mod words;

pub(crate) use ast::{
    Arm, Assignment, Command, Item, Mark, Parameter, ParameterOp, Part, Redirect, RedirectOp, Script, Shape, Simple,
    Word,
};

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
