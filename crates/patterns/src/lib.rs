//! Reads rule files and compiles them. Our own rules are compiled while the program is built, so that it starts without
//! compiling anything; a user's rules are compiled when they are loaded, by the same code.
//!
//! For each rule the compiler finds the rarest four bytes that every match must hold (its anchors), and builds an
//! matcher for the rest. It neither searches nor reads files: `inspect` does the one, its callers the other.

mod anchor;
mod automaton;
mod beside;
mod compile;
mod embedded;
mod error;
pub mod example;
mod file;
pub mod markers;
mod matcher;
mod pieces;
mod rarity;
mod rule;
mod table;

pub use anchor::{Anchor, GRAM, gram, word_anchors};
pub use automaton::Automaton;
pub use beside::Beside;
pub use compile::{compile, compile_file};
pub use embedded::{Embedded, Rules, embed};
pub use error::RuleError;
pub use file::{Pair, RuleFile, RuleText, Verify};
pub use matcher::{Matcher, Step};
pub use rule::{Boundary, Rule, Word};
pub use table::{Entry, MARKS, Table};
