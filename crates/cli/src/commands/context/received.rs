//! Who received a file, when, and how long they keep it.

use super::exchanges::{self, Exchange, Half};
use super::shown::{Terms, write_missing, write_terms};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::PolicyFiles;
use crate::records::Missing;
use crate::time;
use portcullis_event::{AbsPath, Host};
use portcullis_ledger::index::Query;
use serde::Serialize;
use std::collections::BTreeMap;

/// Who received a file, or the files below a folder.
#[derive(Debug, Serialize)]
struct Received {
    path: String,
    receivers: Vec<Receiver>,
    /// Records of the ledger that are gone.
    #[serde(flatten)]
    missing: Missing,
}

/// One who did.
#[derive(Debug, Serialize)]
struct Receiver {
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    times: Vec<Sending>,
    terms: Vec<Terms>,
}

/// One time: from then on each prompt of the session to that receiver carries it again.
#[derive(Debug, Serialize)]
struct Sending {
    time: String,
    path: String,
    length: u64,
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    record: u64,
}

pub(super) fn show(invocation: &Invocation, file: &str) -> Result<Exit, Failure> {
    let wrong = |error: portcullis_event::ParseError| Failure::usage(error.to_string());
    let path = AbsPath::from_os(invocation.cwd()?).and_then(|cwd| cwd.join(file)).map_err(wrong)?;
    let found = exchanges::find(invocation, Query { path: Some(path.clone()), ..Query::default() })?;
    let policy = PolicyFiles::find(invocation)?.load()?;
    let mut all: BTreeMap<(String, Option<Host>), Vec<Sending>> = BTreeMap::new();
    for exchange in found.list.into_iter().filter(|exchange| exchange.half == Half::Left) {
        let whom = (exchange.llm.provider.clone(), exchange.llm.host.clone());
        let times = Sending::of(&exchange, &path);
        if !times.is_empty() {
            all.entry(whom).or_default().extend(times);
        }
    }
    let receivers = all.into_iter().map(|((provider, host), times)| {
        let terms = Terms::of(&policy, &provider, host.as_ref());
        Receiver { provider, host: host.map(|host| host.to_string()), times, terms }
    });
    let received = Received { path: path.to_string(), receivers: receivers.collect(), missing: found.missing };
    invocation.output.show(&received)?;
    Ok(if found.missing.unreadable == 0 { Exit::Success } else { Exit::Incomplete })
}

impl Sending {
    fn of(exchange: &Exchange, path: &AbsPath) -> Vec<Self> {
        let Exchange { record, time, actor, llm, .. } = exchange;
        let carried = llm.carried.iter().filter(|file| file.path.is_within(path));
        let one = |file: &portcullis_event::CarriedFile| Self {
            time: time::shown(*time),
            path: file.path.to_string(),
            length: file.length,
            model: llm.model.to_string(),
            session: actor.session().map(ToString::to_string),
            agent: actor.acting_agent().map(|agent| agent.name.to_string()),
            record: *record,
        };
        carried.map(one).collect()
    }
}

impl View for Received {
    fn write(&self, page: &mut Page) {
        if self.receivers.is_empty() {
            page.line(format!("no prompt on record carried {}", self.path));
        }
        for receiver in &self.receivers {
            page.put(Tone::Strong, &receiver.provider);
            page.put(Tone::Plain, format!("  {}", receiver.host.as_deref().unwrap_or("a host that is not known")));
            page.end();
            for Sending { time, path, length, model, session, agent, record } in &receiver.times {
                page.put(Tone::Plain, format!("  {time}  {path}  {length} bytes  to {model}"));
                let (session, agent) = (session.as_deref().unwrap_or("-"), agent.as_deref().unwrap_or("-"));
                page.put(Tone::Faint, format!("  {agent} in session {session}, record {record}")).end();
            }
            write_terms(&receiver.terms, page);
        }
        write_missing(self.missing, page);
        let hint =
            "listed are files that tools have read, and instructions; what else a prompt carries of files is not known";
        page.put(Tone::Faint, hint).end();
    }
}
