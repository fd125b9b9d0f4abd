//! Credentials that show by their form whose they are. The rules are data, one file for each vendor, in `rules/secret`.

pub mod proof;

use portcullis_patterns::Rule;

/// A word that a search looks for, and who asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// The word, in lower case.
    pub(crate) text: &'static str,
    /// The rules whose values it names.
    pub(crate) rules: &'static [u16],
    /// Whether it may stand near a credential without a vendor's form.
    pub(crate) trigger: bool,
    /// What it gives away, by how that is written.
    pub(crate) tells: &'static [Tell],
}

/// A word that may stand in a sentence that is said to an agent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tell {
    /// The word as it is written.
    pub(crate) text: &'static str,
    /// Whether it counts in prose only.
    pub(crate) prose: bool,
}

pub(crate) use compiled::{TABLE, WORDS};

/// What `build.rs` wrote.
#[allow(clippy::all, clippy::pedantic, reason = "it is written by a program")]
mod compiled {
    use super::{Asked, Tell};
    use portcullis_event::{Confidence, Severity};
    use portcullis_patterns::{Automaton, Boundary, Matcher, Rule, Step, Table, Word};
    use std::borrow::Cow;

    static AUTOMATA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/secret_automata.bin"));

    pub(crate) static TABLE: Table = Table::embedded(
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_marks.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_slots.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_entries.bin")),
    );

    include!(concat!(env!("OUT_DIR"), "/secret_rules.rs"));
}

/// All rules that the program brings along.
pub fn rules() -> &'static [Rule] {
    &compiled::RULES
}

/// Tells this version and its set of rules from others. What was clean under another has to be looked at again.
pub fn revision() -> String {
    format!("{}-{}", env!("CARGO_PKG_VERSION"), compiled::REVISION)
}

/// The rule of this name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id == id)
}
