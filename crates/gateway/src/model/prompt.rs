//! What is done to a prompt before it may leave. Every string in it is looked at, whatever it stands in; the bytes around what
//! is replaced stay what they are.

use super::Shared;
use super::memo::key;
use super::road::Client;
use crate::json::{Decoded, Document, Edits, quoted};
use crate::wire::Request;
use portcullis_event::{Confidence, Finding, FindingKind, Redaction, Rest, Skipped};
use portcullis_inspect::Hit;
use portcullis_inspect::replace::{ReplaceError, SEEN_BEFORE};
use std::collections::BTreeMap;
use std::ops::Range;

/// What is replaced on its way out, as policy has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaces {
    /// Credentials.
    pub secrets: bool,
    /// Data about people. If it is not replaced, it is not looked for.
    pub personal_data: bool,
}

/// Replaced from this confidence on; below it a false alarm costs more.
const REPLACED_FROM: Confidence = Confidence::Medium;

/// A prompt, looked into.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// As it may leave.
    pub(super) body: String,
    pub(super) findings: Vec<Finding>,
    pub(super) redactions: Vec<Redaction>,
    pub(super) skipped: Vec<Skipped>,
}

/// Looks into a prompt.
pub(super) fn look(
    shared: &Shared,
    client: &Client,
    document: &Document<'_>,
    request: &Request,
) -> Result<Looked, ReplaceError> {
    let mut work = Work { shared, client, edits: Edits::default(), looked: Looked::default(), counts: BTreeMap::new() };
    let sealed = Ranges::new(request.sealed.clone());
    let results = Ranges::new(request.results.iter().map(|(_, range)| range.clone()).collect());
    for text in document.texts() {
        let source = document.source().get(text.span.clone()).unwrap_or_default();
        if results.holds(text.number) && work.steers(source, text.span.clone(), text.number, request) {
            continue;
        }
        work.text(source, text.span, sealed.holds(text.number))?;
    }
    let Work { edits, mut looked, counts, .. } = work;
    looked.body = edits.applied(document.source()).ok_or(ReplaceError::NoneFree)?;
    looked.redactions = counts.into_iter().map(|(rule, count)| Redaction { rule, count, rest: Rest::new() }).collect();
    Ok(looked)
}

struct Work<'a> {
    shared: &'a Shared,
    client: &'a Client,
    edits: Edits,
    looked: Looked,
    /// How often each rule replaced something.
    counts: BTreeMap<String, u64>,
}

impl Work<'_> {
    /// Whether text of somebody else steers its reader; then words of ours take its place.
    fn steers(&mut self, source: &str, span: Range<usize>, number: usize, request: &Request) -> bool {
        let words = self.shared.memo.ruling(key(source), || {
            let decoded = Decoded::of_source(source);
            let hits = self.shared.steering.look(decoded.text().as_bytes(), None).hits;
            let found: Vec<Finding> = distinct(hits.iter().filter(|hit| hit.confidence >= REPLACED_FROM), true);
            if found.is_empty() {
                return None;
            }
            let tool =
                request.results.iter().find(|(_, range)| range.contains(&number)).and_then(|(name, _)| name.as_deref());
            self.shared.road.result(self.client, tool, found)
        });
        let Some(words) = words else { return false };
        self.edits.put(span.start - 1..span.end + 1, quoted(&words));
        true
    }

    fn text(&mut self, source: &str, span: Range<usize>, is_sealed: bool) -> Result<(), ReplaceError> {
        let decoded = Decoded::of_source(source);
        let hits = self.shared.memo.hits(key(source), || self.shared.plain.look(decoded.text().as_bytes(), None).hits);
        let hits: Vec<Hit> = hits.iter().filter(|hit| self.is_replaced(hit)).cloned().collect();
        let replaced = self.shared.settings.session.replace_again(decoded.text(), &hits)?;
        if is_sealed && !replaced.replacements.is_empty() {
            // It can't be changed, so it can't leave.
            self.tell(distinct(hits.iter(), false));
            let why = "it is sealed by the provider, and holds what would have to be replaced".to_owned();
            self.looked.skipped.push(Skipped { field: "sealed".to_owned(), why, rest: Rest::new() });
            return Ok(());
        }
        for replacement in &replaced.replacements {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let part = decoded.in_source(place(replacement.was.start)..place(replacement.was.end));
            let placeholder = quoted(replacement.placeholder.as_str());
            let inner = placeholder.get(1..placeholder.len() - 1).unwrap_or_default();
            self.edits.put(span.start + part.start..span.start + part.end, inner);
            let rule = replacement.rule.as_str();
            *self.counts.entry(rule.to_owned()).or_default() += 1;
        }
        if replaced.replacements.iter().any(|it| it.rule.as_str() != SEEN_BEFORE) {
            self.tell(distinct(hits.iter(), true));
        }
        Ok(())
    }

    fn is_replaced(&self, hit: &Hit) -> bool {
        let Replaces { secrets, personal_data } = self.shared.settings.replaces;
        let is_wanted = match hit.kind {
            FindingKind::Secret => secrets,
            FindingKind::PersonalData => personal_data,
            FindingKind::Injection
            | FindingKind::Code
            | FindingKind::Dependency
            | FindingKind::AgentConfig
            | FindingKind::Change => false,
        };
        is_wanted && hit.confidence >= REPLACED_FROM
    }

    /// One for each rule is enough: how often is counted apart.
    fn tell(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let same = |other: &Finding| other.rule == finding.rule && other.replaced == finding.replaced;
            if !self.looked.findings.iter().any(same) {
                self.looked.findings.push(finding);
            }
        }
    }
}

fn distinct<'h>(hits: impl Iterator<Item = &'h Hit>, replaced: bool) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for hit in hits {
        if !all.iter().any(|other| other.rule == hit.rule) {
            all.push(hit.finding("prompt", replaced));
        }
    }
    all
}

/// Ranges of numbers, asked one after the other.
struct Ranges(Vec<Range<usize>>);

impl Ranges {
    fn new(mut ranges: Vec<Range<usize>>) -> Self {
        ranges.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                Some(_) | None => merged.push(range),
            }
        }
        Self(merged)
    }

    fn holds(&self, number: usize) -> bool {
        let next = self.0.partition_point(|range| range.end <= number);
        self.0.get(next).is_some_and(|range| range.contains(&number))
    }
}
