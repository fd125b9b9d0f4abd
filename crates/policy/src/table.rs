//! Tables of expected answers, kept beside a policy in `portcullis.test.toml`, so that a change of the policy that
//! changes an answer is noticed.
//!
//! ```toml
//! [[test]]
//! name = "history is not overwritten"
//! run = "git push --force"
//! expect = "ask"
//! reason = "commands"
//! ```

use crate::diagnostic::Diagnostic;
use crate::example;
use crate::policy::ValidPolicy;
use crate::read::unreadable;
use crate::shorthand;
use crate::source::{Origin, Text};
use crate::usage::Usage;
use portcullis_event::{AgentName, Body, Decision, Event, Reason, Verdict};
use serde::Deserialize as _;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// What a table says and what the policy says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TestReport {
    /// One for each row, in their order.
    pub results: Vec<TestResult>,
    /// What is wrong: a row that can't be read, or an answer that was not expected.
    pub diagnostics: Vec<Diagnostic>,
}

impl TestReport {
    /// Whether every row was read and got the answer that it expects.
    pub fn passed(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TestResult {
    /// What the row is called.
    pub name: String,
    /// Its line.
    pub line: u32,
    /// Whether the answer is the one that is expected.
    pub passed: bool,
    /// The answer.
    pub decision: Decision,
}

/// A text and its place.
type Spoken = (String, Origin);

/// A row as it is written.
struct Row {
    /// The row itself, for what is missing in it.
    origin: Origin,
    name: Spoken,
    expect: (Verdict, Origin),
    reason: Option<Spoken>,
    agent: Option<Spoken>,
    environment: Option<Spoken>,
    event: Option<(serde_json::Value, Origin)>,
    questions: Vec<(String, Spoken)>,
}

impl ValidPolicy {
    /// Asks what a table of expected answers asks.
    pub fn test(&self, name: &str, text: &str) -> TestReport {
        let text = Text::new(name, text);
        let mut report = TestReport { results: Vec::new(), diagnostics: Vec::new() };
        if let Some(problem) = unreadable(&text) {
            report.diagnostics.push(problem);
            return report;
        }
        let (table, errors) = DeTable::parse_recoverable(&text.written);
        for error in errors {
            let at = Origin::new(&text, error.span().unwrap_or(0..0));
            report.diagnostics.push(Diagnostic::error("this table can't be read", at, error.message()));
        }
        for (row, span) in rows(&text, table.get_ref(), &mut report.diagnostics) {
            let read = Row::read(&text, row, span).and_then(|row| Ok((self.event_of(&row)?, row)));
            match read {
                Ok((event, row)) => {
                    let decision = self.decide(&example::uninspected(event), &Usage::default());
                    let wrong = judge(&row, &decision);
                    let (name, at) = row.name;
                    report.results.push(TestResult { name, line: at.line, passed: wrong.is_none(), decision });
                    report.diagnostics.extend(wrong);
                }
                Err(problem) => report.diagnostics.push(problem),
            }
        }
        report
    }

    fn event_of(&self, row: &Row) -> Result<Event, Diagnostic> {
        let name = row.agent.as_ref().map_or("claude-code", |(name, _)| name);
        let origin = row.agent.as_ref().map_or(&row.origin, |(_, origin)| origin);
        let agent = AgentName::parse(name)
            .map_err(|error| Diagnostic::error("this is not an agent", origin.clone(), error.to_string()))?;
        let mut event = match (&row.event, row.questions.as_slice()) {
            (Some((event, origin)), []) => full_event(event, &agent)
                .map_err(|why| Diagnostic::error("this is not an event", origin.clone(), why))?,
            (None, [(verb, (what, origin))]) => {
                let body = shorthand::body(verb, what, &self.places)
                    .map_err(|error| Diagnostic::error("this is not a question", origin.clone(), error.to_string()))?;
                shorthand::event(&agent, body)
            }
            (None, []) => {
                let verbs: Vec<&str> = shorthand::VERBS.iter().map(|(verb, ..)| *verb).collect();
                let problem = Diagnostic::error("this row asks nothing", row.origin.clone(), "in this row");
                return Err(problem.help(format!("add one of {}, or `event`", verbs.join(", "))));
            }
            (Some((_, origin)), [_, ..]) | (None, [_, (_, (_, origin)), ..]) => {
                let problem = Diagnostic::error("this row asks more than one thing", origin.clone(), "one too many");
                return Err(problem.help("write one row for each"));
            }
        };
        if let Some((environment, _)) = &row.environment {
            event.place.environment = Some(environment.clone());
        }
        Ok(event)
    }
}

type Found<'a> = Vec<(&'a DeTable<'a>, Range<usize>)>;

/// The rows of a table.
fn rows<'a>(text: &Arc<Text>, table: &'a DeTable<'a>, problems: &mut Vec<Diagnostic>) -> Found<'a> {
    let mut out = Vec::new();
    for (key, value) in table {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("test", DeValue::Array(rows)) => {
                for row in rows {
                    if let DeValue::Table(fields) = row.get_ref() {
                        out.push((fields, row.span()));
                    } else {
                        problems.push(no_row(text, row.span()));
                    }
                }
            }
            _ => problems.push(no_row(text, key.span())),
        }
    }
    if out.is_empty() && problems.is_empty() {
        problems.push(no_row(text, 0..0));
    }
    out
}

fn no_row(text: &Arc<Text>, span: Range<usize>) -> Diagnostic {
    Diagnostic::error("there is no test here", Origin::new(text, span), "only tests are read")
        .help("begin each test with a line `[[test]]`")
}

impl Row {
    fn read(text: &Arc<Text>, fields: &DeTable<'_>, span: Range<usize>) -> Result<Self, Diagnostic> {
        let origin = Origin::new(text, span);
        let missing = |what: &str| {
            let problem = Diagnostic::error(format!("`{what}` is missing"), origin.clone(), "in this row");
            problem.help("a row has `name`, `expect` and one question, such as `read = \"/etc/passwd\"`")
        };
        let mut event = None;
        let mut texts: HashMap<&str, Spoken> = HashMap::new();
        for (key, value) in fields {
            let at = Origin::new(text, value.span());
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("event", _) => {
                    let json = serde_json::Value::deserialize(ValueDeserializer::from(value.clone()))
                        .map_err(|error| Diagnostic::error("this is not an event", at.clone(), error.message()))?;
                    event = Some((json, at));
                }
                (name, DeValue::String(written)) => drop(texts.insert(name, (written.to_string(), at))),
                (name, _) => {
                    let problem = Diagnostic::error(format!("`{name}` must be a text"), at, "this is something else");
                    return Err(problem.help("texts stand in quotes"));
                }
            }
        }
        let name = texts.remove("name").ok_or_else(|| missing("name"))?;
        let (word, at) = texts.remove("expect").ok_or_else(|| missing("expect"))?;
        let expect = (expected(&word, &at)?, at);
        let [reason, agent, environment] = ["reason", "agent", "environment"].map(|key| texts.remove(key));
        let questions = texts.into_iter().map(|(verb, what)| (verb.to_owned(), what)).collect();
        Ok(Self { origin, name, expect, reason, agent, environment, event, questions })
    }
}

fn expected(word: &str, at: &Origin) -> Result<Verdict, Diagnostic> {
    match word {
        "allow" => Ok(Verdict::Allow),
        "allow-with-changes" => Ok(Verdict::AllowWithChanges),
        "ask" => Ok(Verdict::Ask),
        "deny" => Ok(Verdict::Deny),
        _ => {
            let problem = Diagnostic::error(format!("`{word}` is no answer"), at.clone(), "not one of the words");
            Err(problem.help("it can be `allow`, `allow-with-changes`, `ask`, `deny`"))
        }
    }
}

/// An event from JSON; what every event has is filled in if it is left out.
fn full_event(value: &serde_json::Value, agent: &AgentName) -> Result<Event, String> {
    let mut fields = value.as_object().cloned().ok_or("it must be a table")?;
    if fields.contains_key("kind") {
        let body: Body = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        return Ok(shorthand::event(agent, body));
    }
    let empty = shorthand::event(agent, Body::Note(portcullis_event::Note::new("")));
    let defaults = serde_json::to_value(empty).map_err(|error| error.to_string())?;
    for (key, value) in defaults.as_object().into_iter().flatten() {
        if key != "what" && !fields.contains_key(key) {
            fields.insert(key.clone(), value.clone());
        }
    }
    serde_json::from_value(serde_json::Value::Object(fields)).map_err(|error| error.to_string())
}

/// Says what is wrong with an answer, if something is.
fn judge(row: &Row, decision: &Decision) -> Option<Diagnostic> {
    let (name, _) = &row.name;
    let (expected, at) = &row.expect;
    let first = decision.reasons.first();
    let because = first.map_or("nothing spoke", |reason| &reason.message);
    if decision.verdict != *expected {
        let label = format!("the policy says {}: {because}", crate::explain::word(decision.verdict));
        let problem = Diagnostic::error(format!("`{name}` got another answer"), at.clone(), label);
        return Some(match first.and_then(|reason| reason.source.as_ref()) {
            Some(line) => problem.help(format!("decided at {line}; change that line, or expect this answer")),
            None => problem,
        });
    }
    let (wanted, at) = row.reason.as_ref()?;
    let names = |reason: &Reason| {
        let line = reason.source.as_ref();
        reason.check.as_str() == wanted
            || line.is_some_and(|line| line.to_string() == *wanted || format!("{}:{}", line.file, line.line) == *wanted)
    };
    if decision.reasons.iter().any(|reason| reason.verdict == decision.verdict && names(reason)) {
        return None;
    }
    let label = first.map_or_else(String::new, |reason| format!("the reason is `{}`: {because}", reason.check));
    let problem = Diagnostic::error(format!("`{name}` got this answer for another reason"), at.clone(), label);
    Some(problem.help("a reason is the name of a check, or a line such as `portcullis.toml:3`"))
}
