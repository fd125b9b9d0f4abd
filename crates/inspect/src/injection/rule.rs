//! The rules, compiled from `rules/injection/*.toml` while the program was built.

use super::lexicon::{Classes, Gap, Word};
use super::phrase::{Phrase, Step, Weight};
use super::{Context, Tier};

/// A rule: something that a text can do to steer an agent or to hide.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// What the text does, to stand behind "text that …".
    pub title: &'static str,
    /// Why that matters, in one sentence.
    pub why: &'static str,
    /// The tier of a plain match.
    pub tier: Tier,
    /// Where the same is ordinary, so that it counts one tier less.
    pub quiet_in: &'static [Context],
    /// Whether talk about attacks around it does not lower it.
    pub(crate) blunt: bool,
    /// Whether it finds text that hides, and not what a text says.
    pub(crate) hides: bool,
    /// Whether it finds what is said to people as often as to agents.
    pub(crate) faint: bool,
}

pub(crate) use compiled::{
    ANY_WORD, BY_FIRST, BY_KEY, CLASS_WORDS, CONCEPTS, OF_CONCEPTS, PHRASES, REVISION, RULES, WORD_TEXTS, WORDS, class,
    rule,
};

/// What `build.rs` wrote.
#[allow(clippy::all, clippy::pedantic, reason = "it is written by a program")]
mod compiled {
    use super::{Classes, Context, Gap, Phrase, Rule, Step, Tier, Weight, Word};

    include!(concat!(env!("OUT_DIR"), "/injection.rs"));
}

/// The rule with this number.
pub(crate) fn rule(number: usize) -> &'static Rule {
    static NONE: Rule = Rule {
        id: "injection",
        title: "steers an agent",
        why: "",
        tier: Tier::Block,
        quiet_in: &[],
        blunt: true,
        hides: false,
        faint: false,
    };
    RULES.get(number).unwrap_or(&NONE)
}
