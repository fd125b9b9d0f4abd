//! `portcullis explain`: why something was not let through, by which line, and what to do about it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger::{self, Entry};
use crate::output::View;
use crate::page::{Page, Tone};
use crate::{time, verdict};
use clap::Args;
use portcullis_event::{Decision, Mode, Reason, Record, SessionId, Verdict};
use portcullis_ledger::index::Query;
use serde::Serialize;

/// Says why something was not let through, by which line of the policy, and what to do about it.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The number of a record; the last denial if nothing is said
    record: Option<u64>,
    /// The last ones of this session
    #[arg(long, value_name = "ID", conflicts_with = "record")]
    session: Option<SessionId>,
    /// So many of them, the latest first
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "record")]
    last: usize,
}

/// Decisions, explained.
#[derive(Debug, Serialize)]
struct Explained {
    decisions: Vec<One>,
}

/// A decision, explained.
#[derive(Debug, Serialize)]
struct One {
    record: u64,
    time: String,
    what: String,
    verdict: Verdict,
    /// Whether it was only written down.
    observed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// What decided, the strictest first.
    reasons: Vec<Reason>,
}

impl Explain {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let reader = ledger::open(&home)?;
        let query = Query {
            session: self.session,
            verdicts: vec![Verdict::Deny, Verdict::Ask],
            newest_first: true,
            limit: self.last,
            ..Query::default()
        };
        // By its number also what the index does not hold is found, and what was let through.
        let rows = if let Some(record) = self.record {
            vec![(record, None)]
        } else {
            let found = ledger::index(&home, &reader)?.query(&query)?;
            found.rows.into_iter().map(|row| (row.index, Some(row.summary))).collect()
        };
        let mut decisions = Vec::new();
        for (index, summary) in rows {
            let Entry { record, .. } = ledger::entry(&reader, index)?;
            let record =
                record.map_err(|error| Failure::incomplete(format!("record {index} can't be read: {error}")))?;
            decisions.push(One::new(index, summary, &record));
        }
        invocation.output.show(&Explained { decisions })?;
        Ok(Exit::Success)
    }
}

impl One {
    fn new(index: u64, summary: Option<String>, record: &Record) -> Self {
        let (event, decision) = (&record.event, &record.decision);
        let agent = event.actor.agents.last();
        Self {
            record: index,
            time: time::shown(event.time),
            what: summary.map_or_else(|| event.what.kind().to_owned(), |said| format!("{} {said}", event.what.kind())),
            verdict: decision.verdict,
            observed: decision.mode == Mode::Observe,
            agent: agent.map(|agent| agent.name.to_string()),
            session: agent.and_then(|agent| agent.session.as_ref()).map(ToString::to_string),
            reasons: deciding(decision),
        }
    }
}

/// The reasons that made the decision what it is: as strict as it, each line once.
fn deciding(decision: &Decision) -> Vec<Reason> {
    let mut reasons: Vec<Reason> =
        decision.reasons.iter().filter(|reason| reason.verdict == decision.verdict).cloned().collect();
    reasons.dedup_by(|one, other| one.message == other.message);
    reasons
}

impl View for Explained {
    fn write(&self, page: &mut Page) {
        if self.decisions.is_empty() {
            page.line("nothing was denied");
        }
        for one in &self.decisions {
            one.write(page);
        }
    }
}

impl View for One {
    fn write(&self, page: &mut Page) {
        let (tone, word) = verdict::shown(self.verdict);
        page.put(tone, word).put(Tone::Plain, "  ").put(Tone::Strong, &self.what).end();
        let by = self.agent.as_deref().unwrap_or("you");
        let session = self.session.as_ref().map(|id| format!(" in session {id}")).unwrap_or_default();
        page.put(Tone::Faint, format!("  {}, by {by}{session}, record {}", self.time, self.record)).end();
        if self.observed {
            page.put(Tone::Warning, "  it happened all the same: this policy only observes").end();
        }
        for reason in &self.reasons {
            page.put(Tone::Faint, "  why ").put(Tone::Plain, &reason.message).end();
            if let Some(line) = &reason.source {
                page.put(Tone::Faint, "  at  ").put(Tone::Plain, line.to_string()).end();
            }
            if let Some(fix) = &reason.fix {
                page.put(Tone::Good, "  fix ").put(Tone::Plain, fix).end();
            }
        }
    }
}
