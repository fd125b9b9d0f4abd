//! Credentials that show by their form whose they are. The rules are data, one file for each vendor, in `rules/secret`.

pub mod proof;

use portcullis_patterns::Rule;

/// What `build.rs` wrote.
#[allow(clippy::all, clippy::pedantic, reason = "it is written by a program")]
mod compiled {
    use portcullis_event::{Confidence, Severity};
    use portcullis_patterns::{Anchor, Automaton, Boundary, Rule};
    use std::borrow::Cow;

    static AUTOMATA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/secret_automata.bin"));

    include!(concat!(env!("OUT_DIR"), "/secret_rules.rs"));
}

/// All rules that the program brings along.
pub fn rules() -> &'static [Rule] {
    &compiled::RULES
}

/// The rule of this name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id == id)
}
