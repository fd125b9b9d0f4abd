//! The conditions by which records are found, as they are written on the command line.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::time;
use clap::Args;
use clap::builder::PossibleValuesParser;
use portcullis_event::{
    AbsPath, AgentName, EventId, Host, KINDS, ParseError, RuleId, SessionId, Severity, Timestamp, ToolName, TraceId,
    UserName, Verdict,
};
use portcullis_ledger::index::Query;

/// Which records are meant. Everything that is given must hold.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which records")]
pub(crate) struct Filter {
    /// Words that are all there; port* is any word that begins with port
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// At this time or later: 2026-03-01, 2026-03-01T12:00:00Z, or 2h, 3d for how long ago
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    until: Option<Timestamp>,
    /// On behalf of this person
    #[arg(long, value_name = "NAME")]
    actor: Option<UserName>,
    /// By this agent, or one that it started
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,
    /// In this session
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// Of this kind; may be given several times
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(KINDS.iter().copied()))]
    kind: Vec<String>,
    /// What was done, such as read, write, push
    #[arg(long, value_name = "OP")]
    op: Option<String>,
    /// With this verdict; may be given several times
    #[arg(long, value_name = "VERDICT", value_parser = word::<Verdict>)]
    verdict: Vec<Verdict>,
    /// At least this severe: low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", value_parser = word::<Severity>)]
    severity: Option<Severity>,
    /// About this host, or one below it
    #[arg(long, value_name = "HOST")]
    host: Option<Host>,
    /// About this path, or one below it
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// About this tool
    #[arg(long, value_name = "NAME")]
    tool: Option<ToolName>,
    /// With a finding of this rule
    #[arg(long, value_name = "ID")]
    rule: Option<RuleId>,
    /// The event with this id
    #[arg(long, value_name = "ID")]
    id: Option<EventId>,
    /// Of this trace
    #[arg(long, value_name = "ID")]
    trace: Option<TraceId>,
}

/// A word as it is written in records, such as `allow-with-changes`.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| {
        let text = error.to_string();
        text.split_once("expected ").map_or(text.clone(), |(_, rest)| format!("it can be {rest}"))
    })
}

impl Filter {
    /// The question to the index.
    pub(crate) fn query(self, invocation: &Invocation) -> Result<Query, Failure> {
        let path = self.path.as_deref().map(|path| absolute(path, invocation)).transpose()?;
        Ok(Query {
            since: self.since,
            until: self.until,
            actor: self.actor,
            agent: self.agent,
            session: self.session,
            kinds: self.kind,
            op: self.op,
            verdicts: self.verdict,
            severity_at_least: self.severity,
            host: self.host,
            path,
            tool: self.tool,
            rule: self.rule,
            text: self.words.join(" "),
            id: self.id,
            trace: self.trace,
            ..Query::default()
        })
    }
}

fn absolute(path: &str, invocation: &Invocation) -> Result<AbsPath, Failure> {
    let wrong = |error: ParseError| Failure::usage(error.to_string());
    AbsPath::from_os(invocation.cwd()?).and_then(|cwd| cwd.join(path)).map_err(wrong)
}
