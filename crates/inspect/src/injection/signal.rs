//! Something that spoke for an attack.

use super::Tier;
use super::detect::Sign;
use super::judge::Doubts;
use super::rule::{Rule, rule};
use std::ops::Range;

/// Something that spoke for an attack: which rule, where, and how much weight it has here.
#[derive(Debug, Clone)]
pub struct Signal {
    /// The rule.
    pub rule: &'static Rule,
    /// Its weight in this place.
    pub tier: Tier,
    /// Where it is: bytes of the text that was handed in.
    pub span: Range<usize>,
    /// What the text says once what hides it is undone, if it is hidden or encoded.
    pub shown: Option<String>,
    /// What spoke for it, in short phrases that never quote the text.
    pub why: Vec<String>,
    pub(crate) doubts: Doubts,
}

impl Signal {
    pub(crate) fn of_rule(number: usize, tier: Tier, span: Range<usize>) -> Self {
        let rule = rule(number);
        Self { rule, tier, span, shown: None, why: vec![rule.title.to_owned()], doubts: Doubts::default() }
    }

    pub(crate) fn of_sign(sign: &Sign, span: Range<usize>) -> Self {
        let signal = Self::of_rule(sign.rule, sign.tier, span);
        Self { shown: sign.shown.clone(), why: vec![sign.why.clone()], ..signal }
    }

    /// Whether it says that text is hidden, rather than what the text says.
    pub fn hides(&self) -> bool {
        self.rule.hides
    }

    /// Takes in a signal of the same rule that overlaps.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.span = self.span.start.min(other.span.start)..self.span.end.max(other.span.end);
        if other.tier > self.tier {
            self.tier = other.tier;
            self.doubts = other.doubts;
            self.why = other.why;
        }
        self.shown = self.shown.take().or(other.shown);
    }
}
