//! From four bytes that may belong to a match to a match: the automata, what stands beside it, and what speaks against
//! the value.

use super::boundary::{is_word, may_end, may_start};
use super::dummy::{Doubt, doubt};
use super::entropy::entropy;
use super::published::is_published;
use crate::secret::proof::{Verdict, proof};
use portcullis_event::Confidence;
use portcullis_patterns::Rule;
use std::ops::Range;

/// A match of a rule, before it becomes a hit.
#[derive(Debug, Clone)]
pub(crate) struct Match<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) span: Range<usize>,
    pub(crate) confidence: Confidence,
    pub(crate) reason: Option<String>,
}

/// The match of `rule` that starts at `start`, if there is one; gives the bytes of the secret itself.
pub(crate) fn spans(rule: &Rule, text: &[u8], start: usize) -> Option<Range<usize>> {
    // What has to stand before a secret may begin with a sign, as `?key=` does; a letter before that is no part of it.
    let sign = rule.before.is_some() && text.get(start).is_some_and(|byte| !is_word(*byte, rule.boundary));
    if !sign && !may_start(text, start, rule.boundary) {
        return None;
    }
    let limit = limit(rule, text, start);
    let from = match &rule.before {
        Some(before) => before.end(text, start, limit)?,
        None => start,
    };
    let to = rule.pattern.end(text, from, limit)?;
    let end = match &rule.after {
        Some(after) => after.end(text, to, limit)?,
        None => to,
    };
    may_end(text, end, rule.boundary).then_some(from..to)
}

/// As far as a match may reach: to the end of the line, unless the rule goes over lines.
fn limit(rule: &Rule, text: &[u8], start: usize) -> usize {
    let furthest = text.len().min(start.saturating_add(rule.longest));
    if rule.multiline {
        return furthest;
    }
    let line = text.get(start..furthest).and_then(|rest| memchr::memchr(b'\n', rest));
    line.map_or(furthest, |at| start + at)
}

/// How sure a match is, with the reason; `None` if the value speaks against itself.
pub(crate) fn weigh(rule: &Rule, value: &[u8]) -> Option<(Confidence, Option<String>)> {
    let doubt = if rule.dummy { doubt(value) } else { Doubt::None };
    if doubt == Doubt::Placeholder || is_published(value) {
        return None;
    }
    // What somebody typed is reported for what it may be, and never raises an alarm.
    let confidence = if doubt == Doubt::Typed { Confidence::Low } else { rule.confidence };
    if rule.entropy.is_some_and(|least| entropy(value) < least) {
        return None;
    }
    let Some(name) = rule.proof.as_deref() else { return Some((confidence, None)) };
    match proof(name).map(|proof| (proof.judge)(value)) {
        Some(Verdict::Proven) => Some((Confidence::Proven, Some("its structure or checksum proves it".to_owned()))),
        Some(Verdict::Fits) => Some((confidence, None)),
        // A proof that does not exist proves nothing; a test keeps the names in order.
        Some(Verdict::Refuted) | None => None,
    }
}

/// Matches of `rule` of which the four bytes at `at` may be a part.
pub(crate) fn anchored<'a>(
    rule: &'a Rule,
    text: &[u8],
    at: usize,
    (least, most): (i16, i16),
    out: &mut Vec<Match<'a>>,
) {
    for back in least..=most {
        let Some(start) = at.checked_add_signed(-isize::from(back)) else { return };
        let Some(span) = spans(rule, text, start) else { continue };
        let Some((confidence, reason)) = text.get(span.clone()).and_then(|value| weigh(rule, value)) else { continue };
        out.push(Match { rule, span, confidence, reason });
    }
}
