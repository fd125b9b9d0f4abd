//! Patterns, compiled once so that a decision does not walk through all of them.
//!
//! A list that allows matches narrowly and a list that asks or denies matches broadly: where it is not certain that a
//! value is what the pattern means (a version is unknown, options stand between the words of a command), it is not
//! allowed and it is denied.

pub(crate) mod command;
pub(crate) mod host;
pub(crate) mod label;
pub(crate) mod login;
pub(crate) mod name;
pub(crate) mod path;
pub(crate) mod version;
pub(crate) mod wildcard;

use crate::config::Item;
use crate::source::Places;

/// What counts as a match when it is not certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// Only what is certain. For lists that allow.
    Narrow,
    /// Whatever might be meant. For lists that ask or deny.
    Broad,
}

/// Why a pattern can't be used: what is said below the caret, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadPattern {
    pub(crate) label: String,
    pub(crate) help: String,
}

impl BadPattern {
    pub(crate) fn new(label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { label: label.into(), help: help.into() }
    }
}

/// Many patterns of one kind.
pub(crate) trait Set: Default + std::fmt::Debug {
    /// What is matched.
    type Value<'a>: Copy;

    /// Adds a pattern under a number.
    fn insert(&mut self, number: usize, item: &Item, places: &Places) -> Result<(), BadPattern>;

    /// The lowest number whose pattern fits.
    fn find(&self, value: Self::Value<'_>, breadth: Breadth) -> Option<usize>;
}

/// The lower of two numbers, if there are any.
pub(crate) fn lowest(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
