//! Credentials that show by their form whose they are. The rules are data, one file for each vendor, in `rules/secret`.

pub mod proof;
mod word;

use portcullis_patterns::Rule;

pub(crate) use compiled::{TABLE, WORDS};
pub(crate) use word::Tell;

/// What `build.rs` wrote.
#[allow(clippy::all, clippy::pedantic, reason = "it is written by a program")]
mod compiled {
    use super::word::{Asked, Tell};
    use portcullis_patterns::{Rules, Table};

    pub(crate) static RULES: Rules<COUNT> = Rules::new(
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_rules.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_automata.bin")),
    );

    pub(crate) static TABLE: Table = Table::embedded(
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_marks.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_slots.bin")),
        include_bytes!(concat!(env!("OUT_DIR"), "/secret_entries.bin")),
    );

    include!(concat!(env!("OUT_DIR"), "/secret_words.rs"));
}

/// All rules that the program brings along.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    compiled::RULES.iter()
}

/// The rule with this number.
pub(crate) fn numbered(number: u16) -> Option<&'static Rule> {
    compiled::RULES.get(usize::from(number))
}

/// Tells this version and its set of rules from others. What was clean under another has to be looked at again.
pub fn revision() -> String {
    format!("{}-{}", env!("CARGO_PKG_VERSION"), compiled::REVISION)
}

/// The rule of this name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    compiled::RULES.named(id)
}
