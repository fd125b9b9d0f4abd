//! What is looked for.

use super::rule::Rule;
use portcullis_event::Confidence;
use std::collections::BTreeSet;

/// What is looked for. The default is every rule that is on by itself, from medium confidence up.
#[derive(Debug, Clone)]
pub struct Settings {
    least: Confidence,
    on: BTreeSet<String>,
    off: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { least: Confidence::Medium, on: BTreeSet::new(), off: BTreeSet::new() }
    }
}

impl Settings {
    /// Finds what is less sure too, or only what is surer.
    #[must_use]
    pub fn with_least(self, least: Confidence) -> Self {
        Self { least, ..self }
    }

    /// Switches a rule on that is off by itself.
    #[must_use]
    pub fn with(mut self, rule: &str) -> Self {
        self.off.remove(rule);
        self.on.insert(rule.to_owned());
        self
    }

    /// Switches a rule off.
    #[must_use]
    pub fn without(mut self, rule: &str) -> Self {
        self.on.remove(rule);
        self.off.insert(rule.to_owned());
        self
    }

    pub(super) fn least(&self) -> Confidence {
        self.least
    }

    pub(super) fn wants(&self, rule: &Rule) -> bool {
        if rule.off { self.on.contains(rule.id) } else { !self.off.contains(rule.id) }
    }
}
