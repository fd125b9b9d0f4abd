//! One search through a text: what was found so far, and what it takes to find more.

use super::context::Context;
use super::rule::{Finder, RULES, Rule};
use super::settings::Settings;
use crate::Hit;
use portcullis_event::{Confidence, FindingKind, RuleId, Secret};
use std::ops::Range;

/// Something that a finder is sure enough of.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) span: Range<usize>,
    pub(super) rule: u16,
    pub(super) confidence: Confidence,
    /// The word near it that spoke for it.
    pub(super) word: Option<Range<usize>>,
    /// What else spoke for it.
    pub(super) why: Option<&'static str>,
}

pub(super) struct Search<'t> {
    pub(super) text: &'t [u8],
    pub(super) settings: &'t Settings,
    pub(super) context: Context<'t>,
    /// Forms that begin before this have been looked at.
    pub(super) walked: usize,
    /// Telephone numbers that begin before this have been looked at.
    pub(super) phoned: usize,
    /// Machine readable lines that begin before this have been looked at.
    pub(super) lines_read: usize,
    found: Vec<Found>,
}

impl<'t> Search<'t> {
    pub(super) fn new(text: &'t [u8], settings: &'t Settings) -> Self {
        Self { text, settings, context: Context::new(text), walked: 0, phoned: 0, lines_read: 0, found: Vec::new() }
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    /// The byte before a place.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        self.byte(at.checked_sub(1)?)
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'t [u8] {
        self.text.get(range).unwrap_or_default()
    }

    /// Remembers what a rule found. It is as sure as the rule is beside a word, or else as it is `alone`; if there is neither,
    /// it is nothing.
    pub(super) fn offer(
        &mut self,
        rule: u16,
        span: Range<usize>,
        alone: Option<Confidence>,
        why: Option<&'static str>,
    ) {
        let Some(about) = rule_of(rule).filter(|about| self.settings.wants(about)) else { return };
        let word = self.context.near(rule, &span);
        let confidence = if word.is_some() { Some(about.near).max(alone) } else { alone };
        if let Some(confidence) = confidence.filter(|it| *it >= self.settings.least()) {
            self.found.push(Found { span, rule, confidence, word, why });
        }
    }

    /// Remembers something that needs no word.
    pub(super) fn add(&mut self, found: Found) {
        let wanted = rule_of(found.rule).is_some_and(|rule| self.settings.wants(rule));
        if wanted && found.confidence >= self.settings.least() {
            self.found.push(found);
        }
    }

    /// Hands over what was found. Where things overlap the surest one stays, then the one with a word, then the longest.
    pub(super) fn finish(self, out: &mut Vec<Hit>) {
        let mut found = self.found;
        found.sort_by_key(|it| (it.span.start, it.span.end, it.rule));
        let mut rest = found.as_slice();
        while let Some(first) = rest.first() {
            let mut end = first.span.end;
            let overlapping = rest.iter().take_while(|it| {
                let overlaps = it.span.start < end;
                end = if overlaps { end.max(it.span.end) } else { end };
                overlaps
            });
            let count = overlapping.count().max(1);
            let (cluster, later) = rest.split_at(count);
            out.extend(best(cluster).into_iter().map(|it| hit(self.text, it)));
            rest = later;
        }
    }
}

/// Those of a cluster that do not overlap, the best first.
fn best(cluster: &[Found]) -> Vec<&Found> {
    let mut order: Vec<&Found> = cluster.iter().collect();
    let rank = |it: &Found| (it.confidence, it.word.is_some(), it.span.len());
    order.sort_by_key(|it| std::cmp::Reverse(rank(it)));
    let mut kept: Vec<&Found> = Vec::new();
    for it in order {
        if kept.iter().all(|other| it.span.end <= other.span.start || other.span.end <= it.span.start) {
            kept.push(it);
        }
    }
    kept.sort_by_key(|it| it.span.start);
    kept
}

pub(super) fn rule_of(number: u16) -> Option<&'static Rule> {
    RULES.get(usize::from(number))
}

/// The number of the rule that a finder works for.
pub(super) fn number_of(finder: Finder) -> u16 {
    let place = RULES.iter().position(|rule| rule.finder == finder);
    place.and_then(|place| u16::try_from(place).ok()).unwrap_or(u16::MAX)
}

#[expect(clippy::expect_used, reason = "the ids are constants, and a test reads each of them")]
fn hit(text: &[u8], found: &Found) -> Hit {
    let rule = rule_of(found.rule).expect("the number comes from the list");
    let value = String::from_utf8_lossy(text.get(found.span.clone()).unwrap_or_default()).into_owned();
    let word =
        found.word.clone().and_then(|word| text.get(word)).map(|word| format!("it stands near `{}`", printable(word)));
    let check = rule.check.map(|_| "its digits are right".to_owned());
    Hit {
        rule: RuleId::parse(rule.id).expect("the id of a rule is a name"),
        kind: FindingKind::PersonalData,
        severity: rule.severity,
        confidence: found.confidence,
        message: sentence(rule.title),
        span: found.span.clone(),
        value: Secret::new(value),
        why: [word, found.why.map(str::to_owned), check].into_iter().flatten().collect(),
        cwe: Some("CWE-359".into()),
    }
}

fn printable(word: &[u8]) -> String {
    String::from_utf8_lossy(word).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
