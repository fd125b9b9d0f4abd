//! A log in memory, and the answers that the index must give, found by looking at every record.

use portcullis_event::{AgentName, Body, Facets, Record, SessionId, Severity, Timestamp};
use portcullis_ledger::index::{Bar, DROPPED, Index, IndexError, Located, Query, Source, Split, UNREADABLE, Width};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A log that is a list of records. `shown` of them are there; more appear when that grows.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) records: Vec<Vec<u8>>,
    pub(crate) shown: Cell<usize>,
    pub(crate) name: String,
    /// Reading this record fails.
    pub(crate) broken_at: Cell<Option<u64>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is gone")]
pub(crate) struct Broken;

impl Log {
    pub(crate) fn new(records: Vec<Vec<u8>>) -> Self {
        Self { shown: Cell::new(records.len()), records, name: "test".to_owned(), broken_at: Cell::new(None) }
    }

    fn located(&self, index: u64) -> Located {
        let bytes = self.records[usize::try_from(index).unwrap()].clone();
        Located { index, segment: u32::try_from(index / 7).unwrap(), offset: index % 7 * 100, bytes }
    }
}

impl Source for Log {
    type Error = Broken;

    fn size(&self) -> Result<u64, Broken> {
        Ok(self.shown.get() as u64)
    }

    fn read(&self, first: u64, limit: usize) -> Result<Vec<Located>, Broken> {
        let end = self.size()?.min(first + limit as u64);
        if self.broken_at.get().is_some_and(|broken| (first..end).contains(&broken)) {
            return Err(Broken);
        }
        Ok((first..end).map(|index| self.located(index)).collect())
    }

    fn identity(&self) -> String {
        self.name.clone()
    }
}

thread_local! {
    /// Records that were read already: the same ones are looked at for every question.
    static READ: RefCell<HashMap<Vec<u8>, Option<Rc<Record>>>> = RefCell::default();
}

fn decode(bytes: &[u8]) -> Option<Rc<Record>> {
    READ.with_borrow_mut(|read| {
        let record = read.entry(bytes.to_vec()).or_insert_with(|| Record::decode(bytes).ok().map(Rc::new));
        record.clone()
    })
}

/// A folder for an index, and the index's file in it.
pub(crate) fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    (folder, path)
}

pub(crate) fn built(path: &Path, log: &Log) -> Index {
    let mut index = Index::open(path).unwrap();
    index.catch_up(log, &mut |_, _| {}).unwrap();
    index
}

/// All pages of a question.
pub(crate) fn all_pages(index: &Index, query: &Query) -> Result<Vec<u64>, IndexError> {
    let mut found = Vec::new();
    let mut next = query.clone();
    for _ in 0..100_000 {
        let page = index.query(&next)?;
        assert!(page.rows.len() <= query.limit.max(1));
        found.extend(page.rows.iter().map(|row| row.index));
        match page.next {
            None => return Ok(found),
            Some(cursor) => next = next.from_cursor(cursor),
        }
    }
    panic!("the pages never end");
}

/// The records that match, in the order that was asked for.
pub(crate) fn expected(log: &Log, query: &Query) -> Vec<u64> {
    let times = times(log);
    let shown = log.records.iter().zip(times).zip(0_u64..).take(log.shown.get());
    let mut found: Vec<u64> =
        shown.filter(|((bytes, time), index)| matches(bytes, *time, *index, query)).map(|(_, index)| index).collect();
    if query.newest_first {
        found.reverse();
    }
    found
}

/// The time that each record stands at.
fn times(log: &Log) -> Vec<Timestamp> {
    let mut last = Timestamp::default();
    let mut time = |bytes: &Vec<u8>| {
        last = decode(bytes).map_or(last, |record| record.event.time);
        last
    };
    log.records.iter().map(&mut time).collect()
}

fn matches(bytes: &[u8], time: Timestamp, index: u64, query: &Query) -> bool {
    let in_range = query.since.is_none_or(|since| time >= since)
        && query.until.is_none_or(|until| time < until)
        && query.after.is_none_or(|after| index > after)
        && query.before.is_none_or(|before| index < before);
    in_range && decode(bytes).map_or_else(|| rest_matches(bytes, query), |record| record_matches(&record, query))
}

fn rest_kind(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() { DROPPED } else { UNREADABLE }
}

/// Whether something matches that is no record.
fn rest_matches(bytes: &[u8], query: &Query) -> bool {
    let asked = Query {
        since: None,
        until: None,
        before: None,
        after: None,
        newest_first: true,
        limit: 1,
        kinds: vec![],
        severity_at_least: None,
        text: query.text.trim().to_owned(),
        ..query.clone()
    };
    (query.kinds.is_empty() || query.kinds.iter().any(|kind| kind == rest_kind(bytes)))
        && query
            .severity_at_least
            .is_none_or(|least| least <= if bytes.is_empty() { Severity::Info } else { Severity::High })
        && asked == Query { limit: 1, ..Query::default() }
}

fn record_matches(record: &Record, query: &Query) -> bool {
    let (event, facets) = (&record.event, Facets::of(record));
    let op = op_of(record);
    let agents = || event.actor.agents.iter();
    let checks = [
        query.actor.as_ref().is_none_or(|actor| event.actor.human.as_ref() == Some(actor)),
        query.agent.as_ref().is_none_or(|name: &AgentName| agents().any(|agent| agent.name == *name)),
        query.session.as_ref().is_none_or(|id: &SessionId| agents().any(|agent| agent.session.as_ref() == Some(id))),
        query.kinds.is_empty() || query.kinds.iter().any(|kind| kind == event.what.kind()),
        query.op.as_ref().is_none_or(|wanted| op.as_ref() == Some(wanted)),
        query.verdicts.is_empty() || query.verdicts.contains(&record.decision.verdict),
        query.severity_at_least.is_none_or(|least| severities(record).into_iter().any(|severity| severity >= least)),
        query.host.as_ref().is_none_or(|domain| facets.hosts.iter().any(|host| host.is_within(domain))),
        query.path.as_ref().is_none_or(|above| facets.paths.iter().any(|path| path.is_within(above))),
        query.tool.as_ref().is_none_or(|tool| facets.tools.contains(&tool)),
        query.rule.as_ref().is_none_or(|rule| rules(record).iter().any(|found| found == rule.as_str())),
        query.id.is_none_or(|id| event.id == id),
        query.trace.is_none_or(|trace| event.trace == Some(trace)),
        text_matches(&facets, &query.text),
    ];
    checks.into_iter().all(|holds| holds)
}

/// `op` or `step` as it stands in the JSON of the body.
fn op_of(record: &Record) -> Option<String> {
    if matches!(record.event.what, Body::Opaque(_) | Body::Finding(_) | Body::Note(_)) {
        return None;
    }
    let body = serde_json::to_value(&record.event.what).unwrap();
    let step = matches!(record.event.what, Body::Approval(_) | Body::Incident(_));
    body[if step { "step" } else { "op" }].as_str().map(str::to_owned)
}

fn severities(record: &Record) -> Vec<Severity> {
    let mut all = vec![record.event.class.severity];
    all.extend(record.findings.iter().map(|finding| finding.severity));
    if let Body::Finding(notice) = &record.event.what {
        all.push(notice.finding.severity);
    }
    all
}

fn rules(record: &Record) -> Vec<String> {
    let mut all: Vec<String> = record.findings.iter().map(|finding| finding.rule.to_string()).collect();
    if let Body::Finding(notice) = &record.event.what {
        all.push(notice.finding.rule.to_string());
    }
    if let Body::Llm(llm) = &record.event.what {
        all.extend(llm.redactions.iter().map(|redaction| redaction.rule.clone()));
    }
    all
}

fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
        } else if !word.is_empty() {
            let lower: String = word.chars().flat_map(char::to_lowercase).collect();
            let end = (0..=40.min(lower.len())).rev().find(|&end| lower.is_char_boundary(end)).unwrap();
            all.push(lower.split_at(end).0.to_owned());
            word.clear();
        }
    }
    all
}

fn text_matches(facets: &Facets<'_>, text: &str) -> bool {
    let mut there: Vec<String> = facets.words.iter().flat_map(|text| words(text)).collect();
    there.extend(facets.paths.iter().flat_map(|path| words(path.as_str())));
    there.extend(facets.hosts.iter().flat_map(|host| words(host.as_str())));
    there.extend(facets.tools.iter().flat_map(|tool| words(tool.as_str())));
    let mut asked = 0;
    for item in text.split_whitespace() {
        let wanted = words(item);
        asked += wanted.len();
        for (nth, word) in wanted.iter().enumerate() {
            let is_prefix = item.ends_with('*') && nth + 1 == wanted.len();
            if !there.iter().any(|it| if is_prefix { it.starts_with(word) } else { it == word }) {
                return false;
            }
        }
    }
    asked > 0 || text.trim().is_empty()
}

/// The bars of a chart, counted one by one.
pub(crate) fn expected_bars(log: &Log, since: i64, until: i64, width: Width, split: Split) -> Vec<Bar> {
    let width = match width {
        Width::Minute => 60_000_000,
        Width::Hour => 3_600_000_000,
        Width::Day => 86_400_000_000,
    };
    let mut bars: BTreeMap<(i64, Option<String>), u64> = BTreeMap::new();
    for (bytes, time) in log.records.iter().zip(times(log)).take(log.shown.get()) {
        let start = time.as_micros().div_euclid(width) * width;
        if start + width > since && start < until {
            *bars.entry((start, value(bytes, split))).or_default() += 1;
        }
    }
    let bar = |((start, value), count)| Bar { start: Timestamp::from_micros(start), value, count };
    bars.into_iter().map(bar).collect()
}

fn value(bytes: &[u8], split: Split) -> Option<String> {
    let record = decode(bytes);
    match (split, &record) {
        (Split::Kind, None) => Some(rest_kind(bytes).to_owned()),
        (Split::Kind, Some(record)) => Some(record.event.what.kind().to_owned()),
        (Split::Verdict | Split::Agent, None) => None,
        (Split::Verdict, Some(record)) => {
            serde_json::to_value(record.decision.verdict).unwrap().as_str().map(str::to_owned)
        }
        (Split::Agent, Some(record)) => record.event.actor.acting_agent().map(|agent| agent.name.to_string()),
    }
}
