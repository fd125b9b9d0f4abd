//! What is done to a prompt before it may leave. Every string in it is looked at, whatever it stands in; the bytes around what
//! is replaced stay what they are.

use super::heard;
use super::memo::{Key, key, key_of_part};
use super::road::Client;
use super::{Looking, Shared};
use crate::json::{Decoded, Document, Edits, Value, quoted};
use crate::wire::Request;
use portcullis_event::{Confidence, Finding, FindingKind, Redaction, Rest, Skipped};
use portcullis_inspect::replace::{ReplaceError, SEEN_BEFORE};
use portcullis_inspect::{Hit, Markers};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// What is replaced on its way out, as policy has it.
#[derive(Debug, Clone)]
pub struct Replaces {
    /// Credentials.
    pub secrets: bool,
    /// Data about people. If it is not replaced, it is not looked for.
    pub personal_data: bool,
    /// What marks a text as private. Where it is not replaced it is told, so that policy can say where the prompt may go.
    pub markers: Option<Markers>,
    /// Whether markers are.
    pub marked: bool,
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
    /// The numbers of strings that words of ours stand for.
    pub(super) withheld: HashSet<usize>,
    /// What the user's words and results of tools are, by their first nodes.
    pub(super) keys: HashMap<usize, Key>,
}

/// Looks into a prompt.
pub(super) fn look(
    shared: &Shared,
    client: &Client,
    document: &Document<'_>,
    request: &Request,
) -> Result<Looked, ReplaceError> {
    let keys = heard::tell(shared, client, document, request);
    let mut work = Work {
        shared,
        looking: shared.looking(),
        client,
        document,
        request,
        sealed: Ranges::new(request.sealed.clone()),
        results: Ranges::new(request.results.iter().map(|result| result.nodes.clone()).collect()),
        edits: Edits::default(),
        looked: Looked::default(),
        counts: BTreeMap::new(),
    };
    let all = document.root().numbers();
    let mut next = all.start;
    for part in parts(document) {
        let numbers = part.numbers();
        work.texts(next..numbers.start)?;
        next = numbers.end;
        work.part(part)?;
    }
    work.texts(next..all.end)?;
    let Work { edits, mut looked, counts, .. } = work;
    looked.keys = keys;
    looked.body = edits.applied(document.source()).ok_or(ReplaceError::NoneFree)?;
    looked.redactions = counts.into_iter().map(|(rule, count)| Redaction { rule, count, rest: Rest::new() }).collect();
    Ok(looked)
}

/// Shorter parts are as soon looked into.
const SHORTEST_PART: usize = 256;

/// The parts that a request is made of, in order: messages, tools, items of a conversation. They come again with every turn.
fn parts<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Value<'d>> {
    let root = document.root();
    let lists = root.members().map(|(_, list)| list);
    let inner = root.get("request").into_iter().flat_map(|it| it.members().map(|(_, list)| list));
    let mut parts: Vec<Value<'_>> = lists
        .chain(inner)
        .flat_map(Value::items)
        .filter(|it| it.is_object() && it.span().len() >= SHORTEST_PART)
        .collect();
    // INVARIANT: none lies in another one: a member that is a list is no object.
    parts.sort_by_key(|part| part.numbers().start);
    parts.into_iter()
}

struct Work<'a> {
    shared: &'a Shared,
    looking: Arc<Looking>,
    client: &'a Client,
    document: &'a Document<'a>,
    request: &'a Request,
    sealed: Ranges,
    results: Ranges,
    edits: Edits,
    looked: Looked,
    /// How often each rule replaced something.
    counts: BTreeMap<String, u64>,
}

impl Work<'_> {
    /// A part of a request. If nothing was in it when it came before, nothing is in it now but what was replaced elsewhere
    /// since then.
    fn part(&mut self, part: Value<'_>) -> Result<(), ReplaceError> {
        let numbers = part.numbers();
        let key = key_of_part(part.raw(), &self.results.within(&numbers));
        if self.looking.memo.is_clean(&key) {
            return self.seen_before(numbers);
        }
        if self.texts(numbers)? {
            self.looking.memo.keep_clean(key);
        }
        Ok(())
    }

    /// Replaces what was replaced before in texts that hold nothing else.
    fn seen_before(&mut self, numbers: Range<usize>) -> Result<(), ReplaceError> {
        if self.shared.settings.session.is_empty() {
            return Ok(());
        }
        for text in self.document.texts(numbers) {
            let source = self.document.source().get(text.span.clone()).unwrap_or_default();
            self.replace(source, text.span, self.sealed.holds(text.number), &[])?;
        }
        Ok(())
    }

    /// All texts among these nodes; whether they hold nothing that is replaced, and nothing that is withheld.
    fn texts(&mut self, numbers: Range<usize>) -> Result<bool, ReplaceError> {
        let mut is_clean = true;
        for text in self.document.texts(numbers) {
            let source = self.document.source().get(text.span.clone()).unwrap_or_default();
            let key = key(source);
            if self.results.holds(text.number) && self.steers(key, source, text.span.clone(), text.number) {
                is_clean = false;
                self.looked.withheld.insert(text.number);
                continue;
            }
            let plain = &self.looking.plain;
            let look = || plain.look(Decoded::of_source(source).text().as_bytes(), None).hits;
            let hits = self.looking.memo.hits(key, look);
            is_clean &= !self.tell_marked(&hits);
            let hits: Vec<Hit> = hits.iter().filter(|hit| self.is_replaced(hit)).cloned().collect();
            is_clean &= hits.is_empty();
            self.replace(source, text.span, self.sealed.holds(text.number), &hits)?;
        }
        Ok(is_clean)
    }

    /// Tells what is marked as private, if it stays where it is; whether there was any.
    fn tell_marked(&mut self, hits: &[Hit]) -> bool {
        let stays = |hit: &&Hit| hit.kind == FindingKind::Marker && !self.is_replaced(hit);
        let marked = distinct(hits.iter().filter(stays), false);
        let is_marked = !marked.is_empty();
        self.tell(marked);
        is_marked
    }

    /// Whether text of somebody else steers its reader; then words of ours take its place.
    fn steers(&mut self, key: Key, source: &str, span: Range<usize>, number: usize) -> bool {
        let request = self.request;
        let words = self.looking.memo.ruling(key, || {
            let decoded = Decoded::of_source(source);
            let hits = self.shared.steering.look(decoded.text().as_bytes(), None).hits;
            let found: Vec<Finding> = distinct(hits.iter().filter(|hit| hit.confidence >= REPLACED_FROM), true);
            if found.is_empty() {
                return None;
            }
            let result = request.results.iter().find(|result| result.nodes.contains(&number));
            let tool = result.and_then(|result| result.called.as_ref()).map(|called| called.name.as_str());
            self.shared.road.result(self.client, tool, found)
        });
        let Some(words) = words else { return false };
        self.edits.put(span.start - 1..span.end + 1, quoted(&words));
        true
    }

    /// Replaces hits in a text, and what was replaced before.
    fn replace(&mut self, source: &str, span: Range<usize>, is_sealed: bool, hits: &[Hit]) -> Result<(), ReplaceError> {
        if hits.is_empty() && self.shared.settings.session.is_empty() {
            return Ok(());
        }
        let decoded = Decoded::of_source(source);
        let replaced = self.shared.settings.session.replace_again(decoded.text(), hits)?;
        if replaced.replacements.is_empty() {
            return Ok(());
        }
        if is_sealed {
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
        let Replaces { secrets, personal_data, marked, markers: _ } = self.looking.replaces;
        let is_wanted = match hit.kind {
            FindingKind::Secret => secrets,
            FindingKind::PersonalData => personal_data,
            FindingKind::Marker => marked,
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

    /// What of them lies among these numbers, counted from the first of those.
    fn within(&self, numbers: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.0.partition_point(|range| range.end <= numbers.start);
        let all = self.0.iter().skip(first).take_while(|range| range.start < numbers.end);
        let cut = |range: &Range<usize>| {
            range.start.max(numbers.start) - numbers.start..range.end.min(numbers.end) - numbers.start
        };
        all.map(cut).collect()
    }
}
