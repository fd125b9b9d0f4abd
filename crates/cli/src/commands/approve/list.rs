//! What waits, one line each, the newest last.

use super::tell_what_ran_out;
use crate::approvals::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::time::length;
use portcullis_approvals::{Allowance, Moment, State, Ticket};
use serde::Serialize;

/// What waits, and what was granted and not used yet.
#[derive(Debug, Serialize)]
struct Open {
    approvals: Vec<Row>,
    allowances: Vec<Allowed>,
}

/// A yes to all that are alike.
#[derive(Debug, Serialize)]
struct Allowed {
    #[serde(flatten)]
    allowance: Allowance,
    uses_left: u32,
    ends_seconds: u64,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    ticket: Ticket,
    waits_seconds: u64,
    ends_seconds: u64,
}

pub(super) fn run(invocation: &Invocation, desk: &Desk, now: &Moment) -> Result<Exit, Failure> {
    let (mut approvals, mut allowances) = (Vec::new(), Vec::new());
    if let Some(mut store) = desk.open_if_there()? {
        tell_what_ran_out(invocation, &mut store, now)?;
        let row = |ticket: Ticket| {
            let window = ticket.state.window();
            let (waits, ends) = (window.elapsed(now).as_secs(), window.remaining(now).as_secs());
            Row { ticket, waits_seconds: waits, ends_seconds: ends }
        };
        let allowed = |allowance: Allowance| {
            let (uses_left, ends) = (allowance.left(), allowance.window().remaining(now).as_secs());
            Allowed { allowance, uses_left, ends_seconds: ends }
        };
        allowances = store.allowances(now)?.into_iter().map(allowed).collect();
        approvals = store.open_ones(now)?.into_iter().map(row).collect();
    }
    invocation.output.show(&Open { approvals, allowances })?;
    Ok(Exit::Success)
}

impl View for Open {
    fn write(&self, page: &mut Page) {
        if self.approvals.is_empty() && self.allowances.is_empty() {
            page.line("nothing waits for you");
        }
        for Allowed { allowance, uses_left, ends_seconds } in &self.allowances {
            page.put(Tone::Strong, allowance.ticket.to_string()).put(Tone::Plain, "  ").column(Tone::Good, "allows", 7);
            page.put(Tone::Plain, "  ").put(Tone::Plain, &allowance.capability.label);
            page.put(Tone::Faint, format!("  ({uses_left} more, ends in {})", length(*ends_seconds))).end();
        }
        let width = widest(self.approvals.iter().map(|row| row.ticket.request.agent.as_str()));
        for Row { ticket, waits_seconds, ends_seconds } in &self.approvals {
            let (tone, word) = match &ticket.state {
                State::Waiting(_) => (Tone::Warning, "waits"),
                State::Granted(_) => (Tone::Good, "granted"),
                State::Closed(closed) => (Tone::Faint, closed.end.word()),
            };
            page.put(Tone::Strong, ticket.id.to_string()).put(Tone::Plain, "  ").column(tone, word, 7);
            page.put(Tone::Plain, "  ")
                .column(Tone::Plain, ticket.request.agent.as_str(), width)
                .put(Tone::Plain, "  ");
            page.put(Tone::Plain, &ticket.request.title);
            page.put(Tone::Faint, format!("  (for {}, ends in {})", length(*waits_seconds), length(*ends_seconds)))
                .end();
        }
    }
}
