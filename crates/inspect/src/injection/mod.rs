//! Text that tries to steer an agent, and text that hides from its reader.
//!
//! [`find`] says what deterministic rules see: characters that no reader sees, sequences that fool a terminal, words that
//! only make sense when they are said to a model. It undoes encodings and disguises first. [`assess`] weighs these signals
//! together with a small statistical model and says how likely the text is an attack.
//!
//! What neither sees: an instruction in plain words that could as well be meant for a person. Nothing that looks at words
//! alone can. Labels for where a text came from, and limits on what an agent may do after it has read it, are for that.

mod assessment;
mod context;
mod detect;
mod judge;
mod lexicon;
pub mod model;
pub mod opinion;
mod phrase;
mod probe;
mod report;
mod rule;
mod scan;
mod signal;
mod survey;
#[cfg(test)]
mod tells;
mod tier;
mod view;

pub use assessment::{Assessment, assess};
pub use context::Context;
pub use opinion::{Bounds, Opinion};
pub(crate) use probe::Tells;
pub use report::look;
pub(crate) use report::{look_at_file, look_on_the_road, read_closely};
pub use rule::Rule;
pub use signal::Signal;
pub use tier::Tier;

use crate::Hit;

/// How a text is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Where the text comes from.
    pub context: Context,
    /// The weakest tier that is reported.
    pub least: Tier,
}

impl Default for Settings {
    fn default() -> Self {
        Self { context: Context::Unknown, least: Tier::Alert }
    }
}

/// How far away bytes may lie that decide about a hit: whoever scans a stream by blocks lets them overlap by so much.
pub const REACH: usize = 8 * 1024;

/// Every rule there is.
pub fn rules() -> &'static [Rule] {
    rule::RULES
}

/// What the rules see in a text.
pub fn find(text: &str, settings: &Settings) -> Vec<Hit> {
    let signals = signals(text, settings.context).into_iter();
    signals
        .filter(|signal| signal.tier >= settings.least)
        .filter_map(|signal| report::of_signal(text, signal))
        .collect()
}

/// Every signal of the rules, notes included.
pub fn signals(text: &str, context: Context) -> Vec<Signal> {
    scan::scan(text, context)
}

/// Every signal of the rules, and the views of a text in which words are to be read: the text in its simplest form, then
/// what was hidden or encoded in it. This is what the model sees.
pub fn examine(text: &str, context: Context) -> (Vec<Signal>, Vec<model::Plain>) {
    scan::examine(text, context)
}

/// Tells this set of rules and weights from others. What was clean under another has to be looked at again.
pub fn revision() -> &'static str {
    rule::REVISION
}
