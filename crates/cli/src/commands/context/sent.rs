//! What a session has sent, and to whom.

use super::exchanges::{self, Exchange, Exchanges, Half};
use super::shown::{Terms, money, plural, write_missing, write_terms};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::policy_files::PolicyFiles;
use crate::records::Missing;
use crate::time;
use portcullis_event::{CarriedFile, Host, SessionId};
use portcullis_ledger::index::Query;
use portcullis_policy::ValidPolicy;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a session has sent.
#[derive(Debug, Serialize)]
struct Sent {
    session: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    receivers: Vec<Receiver>,
    /// Records of the ledger that are gone.
    #[serde(flatten)]
    missing: Missing,
}

/// Who received something.
#[derive(Debug, Default, Serialize)]
struct Receiver {
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// The first prompt and the last one that left.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// Prompts that left, and those that did not.
    exchanges: u64,
    refused: u64,
    tokens_in: u64,
    tokens_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_microdollars: Option<u64>,
    models: BTreeMap<String, u64>,
    files: Vec<File>,
    /// Files that the last prompt carried, and for which no record had room.
    unlisted: u64,
    /// How often something was replaced, by rule, in all prompts together.
    replaced: BTreeMap<String, u64>,
    terms: Vec<Terms>,
}

/// A file that a receiver got, as it was first sent.
#[derive(Debug, Serialize)]
struct File {
    path: String,
    length: u64,
    time: String,
    record: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    among: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

pub(super) fn show(invocation: &Invocation, session: &SessionId) -> Result<Exit, Failure> {
    let query = Query { session: Some(session.clone()), ..Query::default() };
    let found = exchanges::find(invocation, query)?;
    if found.list.is_empty() {
        let failure = Failure::usage(format!("session {session} has asked no model"))
            .fix("portcullis log query --kind llm shows which have");
        let is_whole = found.missing == Missing::default();
        return Err(if is_whole { failure } else { failure.because("or what it asked is no longer in the ledger") });
    }
    let exit = if found.missing.unreadable == 0 { Exit::Success } else { Exit::Incomplete };
    let policy = PolicyFiles::find(invocation)?.load()?;
    invocation.output.show(&Sent::of(session, found, &policy))?;
    Ok(exit)
}

impl Sent {
    fn of(session: &SessionId, found: Exchanges, policy: &ValidPolicy) -> Self {
        let Exchanges { list, missing } = found;
        let first = list.first().map(|exchange| &exchange.actor);
        let agent = first.and_then(|actor| actor.acting_agent()).map(|agent| agent.name.to_string());
        let user = first.and_then(|actor| actor.human.as_ref()).map(ToString::to_string);
        let mut receivers: BTreeMap<(String, Option<Host>), Receiver> = BTreeMap::new();
        for exchange in list {
            let whom = (exchange.llm.provider.clone(), exchange.llm.host.clone());
            receivers.entry(whom).or_default().add(exchange);
        }
        let named = |((provider, host), mut receiver): ((String, Option<Host>), Receiver)| {
            receiver.terms = Terms::of(policy, &provider, host.as_ref());
            Receiver { provider, host: host.map(|host| host.to_string()), ..receiver }
        };
        let receivers = receivers.into_iter().map(named).collect();
        Self { session: session.to_string(), agent, user, receivers, missing }
    }
}

impl Receiver {
    fn add(&mut self, exchange: Exchange) {
        let Exchange { record, time, llm, half, .. } = exchange;
        match half {
            Half::Refused => self.refused += 1,
            Half::CameBack => {
                self.tokens_in = self.tokens_in.saturating_add(llm.tokens_in.unwrap_or(0));
                self.tokens_out = self.tokens_out.saturating_add(llm.tokens_out.unwrap_or(0));
                if let Some(cost) = llm.cost_microdollars {
                    self.cost_microdollars = Some(self.cost_microdollars.unwrap_or(0).saturating_add(cost));
                }
            }
            Half::Left => {
                let time = time::shown(time);
                self.unlisted = llm.rest.get("carried_later").and_then(serde_json::Value::as_u64).unwrap_or(0);
                self.first.get_or_insert_with(|| time.clone());
                self.exchanges += 1;
                *self.models.entry(llm.model.to_string()).or_default() += 1;
                for redaction in llm.redactions {
                    *self.replaced.entry(redaction.rule).or_default() += redaction.count;
                }
                self.files.extend(llm.carried.into_iter().map(|file| File::of(file, record, &time)));
                self.last = Some(time);
            }
        }
    }
}

impl File {
    fn of(file: CarriedFile, record: u64, time: &str) -> Self {
        let CarriedFile { path, length, fingerprint, tool, among, .. } = file;
        Self { path: path.to_string(), length, time: time.to_owned(), record, tool, among, fingerprint }
    }
}

impl View for Sent {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Strong, format!("session {}", self.session));
        if let Some(agent) = &self.agent {
            page.put(Tone::Plain, format!("  {agent}"));
        }
        if let Some(user) = &self.user {
            page.put(Tone::Faint, format!("  for {user}"));
        }
        page.end();
        for receiver in &self.receivers {
            receiver.write(page);
        }
        write_missing(self.missing, page);
        let hint =
            "listed are files that tools have read, and instructions; what else a prompt carries of files is not known";
        page.put(Tone::Faint, hint).end();
    }
}

impl Receiver {
    fn write(&self, page: &mut Page) {
        page.end().put(Tone::Strong, &self.provider);
        page.put(Tone::Plain, format!("  {}", self.host.as_deref().unwrap_or("a host that is not known"))).end();
        page.put(Tone::Plain, format!("  {}", plural(self.exchanges, "exchange")));
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            page.put(Tone::Faint, if first == last { format!("  {first}") } else { format!("  {first} to {last}") });
        }
        let tokens = format!("  {} tokens in, {} out", self.tokens_in, self.tokens_out);
        page.put(Tone::Plain, tokens).put(Tone::Plain, self.cost_microdollars.map(money).unwrap_or_default()).end();
        for (model, count) in &self.models {
            page.put(Tone::Faint, "  model   ").put(Tone::Plain, format!("{model}  {count}")).end();
        }
        if self.refused > 0 {
            page.put(Tone::Warning, format!("  {} did not leave", plural(self.refused, "prompt"))).end();
        }
        let width = widest(self.files.iter().map(|file| file.path.as_str())) + 2;
        for file in &self.files {
            page.put(Tone::Faint, "  file    ").column(Tone::Plain, &file.path, width);
            page.column(Tone::Plain, format!("{} bytes", file.length), 15);
            page.put(Tone::Faint, format!("{}  record {}", file.time, file.record));
            page.put(Tone::Faint, file.tool.as_ref().map(|tool| format!("  by {tool}")).unwrap_or_default()).end();
        }
        if self.unlisted > 0 {
            let words = format!("  and {} that no record had room for", plural(self.unlisted, "file"));
            page.put(Tone::Warning, words).end();
        }
        for (rule, count) in &self.replaced {
            page.put(Tone::Faint, "  replaced  ").put(Tone::Good, format!("{rule}  {count}")).end();
        }
        write_terms(&self.terms, page);
    }
}
