//! What can be asked of the index, and what it answers.

use super::facts::{severity_name, verdict_name};
use super::term::{Attribute, Terms, word};
use super::words::Wanted;
use portcullis_event::{
    AbsPath, AgentName, EventId, Host, Mode, RuleId, SessionId, Severity, Timestamp, ToolName, TraceId, UserName,
    Verdict,
};

/// Most rows that one page can have.
pub const LARGEST_PAGE: usize = 10_000;

/// A question. Everything that is given must hold; within a list, one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// The person on whose behalf it happened.
    pub actor: Option<UserName>,
    /// An agent of the chain that acted.
    pub agent: Option<AgentName>,
    /// The session of an agent of that chain.
    pub session: Option<SessionId>,
    /// One of these kinds; any if empty.
    pub kinds: Vec<String>,
    /// What was done: the `op` or `step` of the event.
    pub op: Option<String>,
    /// One of these verdicts; any if empty.
    pub verdicts: Vec<Verdict>,
    /// The event, or something found in it, is at least this severe.
    pub severity_at_least: Option<Severity>,
    /// This host, or one below it.
    pub host: Option<Host>,
    /// This path, or one below it.
    pub path: Option<AbsPath>,
    /// A tool that was called.
    pub tool: Option<ToolName>,
    /// A rule that found something.
    pub rule: Option<RuleId>,
    /// Words that are all there, in any order; `port*` is any word that begins with `port`.
    pub text: String,
    /// The event with this id.
    pub id: Option<EventId>,
    /// Events of this trace.
    pub trace: Option<TraceId>,
    /// The last record first.
    pub newest_first: bool,
    /// Most rows of a page: at least 1 and at most [`LARGEST_PAGE`].
    pub limit: usize,
    /// Only records before this one.
    pub before: Option<u64>,
    /// Only records after this one.
    pub after: Option<u64>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            actor: None,
            agent: None,
            session: None,
            kinds: Vec::new(),
            op: None,
            verdicts: Vec::new(),
            severity_at_least: None,
            host: None,
            path: None,
            tool: None,
            rule: None,
            text: String::new(),
            id: None,
            trace: None,
            newest_first: true,
            limit: 100,
            before: None,
            after: None,
        }
    }
}

impl Query {
    /// The same question from where a page ended.
    #[must_use]
    pub fn from_cursor(mut self, cursor: u64) -> Self {
        if self.newest_first {
            self.before = Some(cursor);
        } else {
            self.after = Some(cursor);
        }
        self
    }
}

/// One record, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the log.
    pub index: u64,
    /// Its id; `None` if it can't be read.
    pub id: Option<EventId>,
    /// When it happened. A record that can't be read stands at the time of the record before it.
    pub time: Timestamp,
    /// Its kind; `unreadable` if it can't be read, `dropped` if retention has dropped it.
    pub kind: String,
    /// What was done.
    pub op: Option<String>,
    /// What was decided; `None` if it can't be read.
    pub verdict: Option<Verdict>,
    /// Whether that was carried out; `None` if it can't be read.
    pub mode: Option<Mode>,
    /// The highest severity of the event and of anything found in it.
    pub severity: Severity,
    /// The person on whose behalf it happened.
    pub actor: Option<String>,
    /// The agent that acted.
    pub agent: Option<String>,
    /// The session of the agent that the person started.
    pub session: Option<String>,
    /// One line that says what it is about, made of printable characters.
    pub summary: String,
    /// The file of the log that holds it.
    pub segment: u32,
    /// Where in that file it begins.
    pub offset: u64,
}

/// Some of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The records, in the order that was asked for.
    pub rows: Vec<Row>,
    /// Where to go on (see [`Query::from_cursor`]); `None` if this was all. A page that has a cursor may be short, or
    /// even empty: a search that takes long stops there, so that no question keeps its asker waiting.
    pub next: Option<u64>,
}

/// How many records match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// This many, or more if not `complete`.
    pub found: u64,
    /// Whether all records were looked at.
    pub complete: bool,
}

/// One condition, in terms of the inverted index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// One of these terms.
    Any(Vec<Vec<u8>>),
    /// Some term that begins so.
    Beginning(Vec<u8>),
}

/// The conditions that records must meet, those that few meet first; `None` if no record can meet them.
pub(super) fn conditions(query: &Query, terms: &Terms) -> Option<Vec<Condition>> {
    let wanted = Wanted::parse(&query.text);
    if wanted.nothing {
        return None;
    }
    let mut all: Vec<Condition> = query.id.iter().map(|id| Condition::Any(vec![terms.id(id)])).collect();
    all.extend(
        single_values(query)
            .into_iter()
            .map(|(attribute, value)| Condition::Any(vec![terms.attribute(attribute, &value)])),
    );
    all.extend(wanted.words.iter().map(|it| Condition::Any(vec![word(it)])));
    if !query.kinds.is_empty() {
        all.push(Condition::Any(query.kinds.iter().map(|kind| terms.attribute(Attribute::Kind, kind)).collect()));
    }
    if !query.verdicts.is_empty() {
        let keys = query.verdicts.iter().map(|&verdict| terms.attribute(Attribute::Verdict, verdict_name(verdict)));
        all.push(Condition::Any(keys.collect()));
    }
    all.extend(wanted.prefixes.iter().map(|it| Condition::Beginning(word(it))));
    Some(all)
}

fn single_values(query: &Query) -> Vec<(Attribute, String)> {
    let severity = query.severity_at_least.filter(|&severity| severity > Severity::Info).map(severity_name);
    let values = [
        (Attribute::Trace, query.trace.map(|it| it.to_string())),
        (Attribute::Session, query.session.as_ref().map(|it| it.as_str().to_owned())),
        (Attribute::Path, query.path.as_ref().map(|it| it.as_str().to_owned())),
        (Attribute::Rule, query.rule.as_ref().map(|it| it.as_str().to_owned())),
        (Attribute::Host, query.host.as_ref().map(|it| it.as_str().to_owned())),
        (Attribute::Tool, query.tool.as_ref().map(|it| it.as_str().to_owned())),
        (Attribute::Actor, query.actor.as_ref().map(|it| it.as_str().to_owned())),
        (Attribute::Op, query.op.clone()),
        (Attribute::Severity, severity.map(str::to_owned)),
        (Attribute::Agent, query.agent.as_ref().map(|it| it.as_str().to_owned())),
    ];
    values.into_iter().filter_map(|(attribute, value)| Some((attribute, value?))).collect()
}
