//! What the index keeps of one record: the columns of its row and the keys that it is found by. Nothing else of a
//! record enters the index, and private content is not among it.

use super::source::Located;
use super::summary::{length_summary, summary};
use super::term::{Attribute, Terms, word};
use super::words::for_each_word;
use portcullis_event::{Body, EventId, Facets, Mode, Record, Severity, Verdict};
use serde::Serialize;

/// The kind under which a record is listed that this version can't read.
pub const UNREADABLE: &str = "unreadable";

/// The kind under which a record is listed of which retention has left only the hash.
pub const DROPPED: &str = "dropped";

/// The row and the keys of one record.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) index: u64,
    pub(super) segment: u32,
    pub(super) offset: u64,
    /// `None` if the record can't be read; it then stands at the time of the record before it.
    pub(super) time: Option<i64>,
    pub(super) id: Option<EventId>,
    pub(super) kind: String,
    pub(super) op: Option<String>,
    pub(super) verdict: Option<Verdict>,
    pub(super) mode: Option<Mode>,
    pub(super) severity: Severity,
    pub(super) actor: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) session: Option<String>,
    pub(super) summary: String,
    pub(super) keys: Keys,
}

/// Keys of a record, one after the other in one buffer.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(Vec<u8>);

impl Keys {
    fn add(&mut self, key: &[u8]) {
        // INVARIANT: a key has at most 41 bytes: a tag and a word of 40.
        if let Ok(length) = u8::try_from(key.len()) {
            self.0.push(length);
            self.0.extend_from_slice(key);
        }
    }

    /// Every key, some perhaps more than once.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (&length, tail) = rest.split_first()?;
            let (key, tail) = tail.split_at_checked(length.into())?;
            rest = tail;
            Some(key)
        })
    }
}

impl Facts {
    /// Reads a record. One that can't be read is listed as such, for the index must never be stopped by what it reads.
    pub(super) fn of(located: &Located, terms: &Terms) -> Self {
        match Record::decode(&located.bytes) {
            Ok(record) => Self::of_record(located, &record, terms),
            Err(_) if located.bytes.is_empty() => Self::without_record(located, terms, DROPPED, Severity::Info),
            Err(_) => Self::without_record(located, terms, UNREADABLE, Severity::High),
        }
    }

    fn of_record(located: &Located, record: &Record, terms: &Terms) -> Self {
        let (event, decision) = (&record.event, &record.decision);
        let name = |name: &str| name.to_owned();
        let mut facts = Self {
            index: located.index,
            segment: located.segment,
            offset: located.offset,
            time: Some(event.time.as_micros()),
            id: Some(event.id),
            kind: name(event.what.kind()),
            op: op(&event.what),
            verdict: Some(decision.verdict),
            mode: Some(decision.mode),
            severity: severity(record),
            actor: event.actor.human.as_ref().map(|human| name(human.as_str())),
            agent: event.actor.acting_agent().map(|agent| name(agent.name.as_str())),
            session: event.actor.session().map(|session| name(session.as_str())),
            summary: summary(&event.what),
            keys: Keys::default(),
        };
        facts.add_columns(terms);
        facts.add_record(record, terms);
        facts
    }

    /// Only the length is told: an error message of the decoder may quote what it could not read.
    fn without_record(located: &Located, terms: &Terms, kind: &str, severity: Severity) -> Self {
        let mut facts = Self {
            index: located.index,
            segment: located.segment,
            offset: located.offset,
            time: None,
            id: None,
            kind: kind.to_owned(),
            op: None,
            verdict: None,
            mode: None,
            severity,
            actor: None,
            agent: None,
            session: None,
            summary: length_summary(located.bytes.len()),
            keys: Keys::default(),
        };
        facts.add_columns(terms);
        facts
    }

    fn add_columns(&mut self, terms: &Terms) {
        self.keys.add(&terms.attribute(Attribute::Kind, &self.kind));
        let named = [(Attribute::Op, &self.op), (Attribute::Actor, &self.actor)];
        for (attribute, value) in named {
            if let Some(value) = value {
                self.keys.add(&terms.attribute(attribute, value));
            }
        }
        if let Some(verdict) = self.verdict {
            self.keys.add(&terms.attribute(Attribute::Verdict, verdict_name(verdict)));
        }
        for severity in SEVERITIES.into_iter().filter(|&least| least <= self.severity) {
            self.keys.add(&terms.attribute(Attribute::Severity, severity_name(severity)));
        }
        if let Some(id) = &self.id {
            self.keys.add(&terms.id(id));
        }
    }

    fn add_record(&mut self, record: &Record, terms: &Terms) {
        let keys = &mut self.keys;
        if let Some(trace) = &record.event.trace {
            keys.add(&terms.attribute(Attribute::Trace, &trace.to_string()));
        }
        for agent in &record.event.actor.agents {
            keys.add(&terms.attribute(Attribute::Agent, agent.name.as_str()));
            if let Some(session) = &agent.session {
                keys.add(&terms.attribute(Attribute::Session, session.as_str()));
            }
        }
        for_each_rule(record, |rule| keys.add(&terms.attribute(Attribute::Rule, rule)));
        let facets = Facets::of(record);
        facets.hosts.iter().for_each(|host| terms.host(host, |key| keys.add(&key)));
        facets.paths.iter().for_each(|path| terms.path(path, |key| keys.add(&key)));
        facets.tools.iter().for_each(|tool| keys.add(&terms.attribute(Attribute::Tool, tool.as_str())));
        for_each_text(&facets, |text| for_each_word(text, |it| keys.add(&word(it))));
    }
}

/// Calls `each` with every text of a record that is searched for words: also the names of files, hosts and tools, so
/// that a file is found by its name alone.
fn for_each_text<'a>(facets: &Facets<'a>, mut each: impl FnMut(&'a str)) {
    facets.words.iter().for_each(|text| each(text));
    facets.paths.iter().for_each(|path| each(path.as_str()));
    facets.hosts.iter().for_each(|host| each(host.as_str()));
    facets.tools.iter().for_each(|tool| each(tool.as_str()));
}

/// Calls `each` with every rule that found something in a record.
fn for_each_rule(record: &Record, mut each: impl FnMut(&str)) {
    record.findings.iter().for_each(|finding| each(finding.rule.as_str()));
    if let Body::Finding(notice) = &record.event.what {
        each(notice.finding.rule.as_str());
    }
    if let Body::Llm(llm) = &record.event.what {
        llm.redactions.iter().for_each(|redaction| each(&redaction.rule));
    }
}

/// The highest severity that a record carries: its own, or that of anything found in it.
fn severity(record: &Record) -> Severity {
    let notice = if let Body::Finding(notice) = &record.event.what { Some(notice.finding.severity) } else { None };
    let found = record.findings.iter().map(|finding| finding.severity);
    found.chain(notice).fold(record.event.class.severity, Severity::max)
}

/// Every severity above the lowest; a search for "at least this" looks for one of them.
pub(super) const SEVERITIES: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

/// A severity as it is written in records.
pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// A verdict as it is written in records.
pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::AllowWithChanges => "allow-with-changes",
        Verdict::Ask => "ask",
        Verdict::Deny => "deny",
    }
}

/// What is done, as it is written in records: the field `op` or `step` of the body.
fn op(body: &Body) -> Option<String> {
    match body {
        Body::Process(it) => written(&it.op),
        Body::File(it) => written(&it.op),
        Body::Net(it) => written(&it.op),
        Body::Llm(it) => written(&it.op),
        Body::Tool(it) => written(&it.op),
        Body::Secret(it) => written(&it.op),
        Body::Db(it) => written(&it.op),
        Body::Socket(it) => written(&it.op),
        Body::Git(it) => written(&it.op),
        Body::Package(it) => written(&it.op),
        Body::Config(it) => written(&it.op),
        Body::Session(it) => written(&it.op),
        Body::Approval(it) => written(&it.step),
        Body::Incident(it) => written(&it.step),
        Body::Policy(it) => written(&it.op),
        Body::Ledger(it) => written(&it.op),
        Body::Finding(_) | Body::Note(_) | Body::Opaque(_) => None,
    }
}

fn written(op: &impl Serialize) -> Option<String> {
    if let Ok(serde_json::Value::String(name)) = serde_json::to_value(op) { Some(name) } else { None }
}
