//! What an agent is told, in words that it can act on: what was refused, by which line, and what would change that.

use super::reasons;
use crate::failure::Failure;
use portcullis_agents::hook::Answer;
use portcullis_approvals::{Filed, State, Ticket};
use portcullis_event::{Enforcement, Reason, Recorded, Verdict};

/// As many reasons as are told; an agent does not need all of them to try something else.
const MOST: usize = 3;

/// The answer to a tool that is about to be used.
pub(crate) fn answer(enforcement: &Enforcement) -> Answer {
    match enforcement {
        Enforcement::Allow(_) => Answer::Abstain,
        // A hook can't put something in the place of what a tool is given.
        Enforcement::AllowWithChanges(_, _) => Answer::Ask(
            "Portcullis: something in it must not be passed on as it is (a secret, or personal data). Refer to it by the \
             name of a variable or a file instead."
                .to_owned(),
        ),
        Enforcement::Ask(..) => Answer::Ask(told("a person has to say yes to this first", reasons(enforcement))),
        Enforcement::Deny(_) => Answer::Deny(told("this is denied", reasons(enforcement))),
    }
}

/// Why something does not happen; `None` if it does.
pub(crate) fn stopping(enforcement: &Enforcement) -> Option<String> {
    match enforcement {
        Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => None,
        Enforcement::Ask(..) => Some(told("a person has to say yes to this first", reasons(enforcement))),
        Enforcement::Deny(_) => Some(told("this is denied", reasons(enforcement))),
    }
}

/// What an agent is told whose call waits for a person.
pub(super) fn ticket(filed: &Filed, reasons: &[Reason]) -> String {
    const WAIT: &str =
        "Until then do something else: do not try to reach the same in another way, and do not answer it yourself";
    let first = "a person has to say yes to this first";
    match filed {
        Filed::New(ticket) | Filed::Waits(ticket) => format!(
            "{}. A person can allow it with `portcullis approve {}`; then repeat exactly the same call. {WAIT}.",
            told(first, reasons),
            ticket.id
        ),
        Filed::Refused(ticket) => format!(
            "Portcullis: a person said no to this ({}){}. Do not try it again, and not in another way either.",
            ticket.id,
            note(ticket)
        ),
        Filed::TooMany(count) => format!(
            "{}. Nobody was asked: {count} calls of this session wait for an answer already. {WAIT}.",
            told(first, reasons)
        ),
    }
}

/// What whoever said no had to say.
fn note(ticket: &Ticket) -> String {
    let said = match &ticket.state {
        State::Closed(closed) => closed.by.as_ref().and_then(|vote| vote.note.as_ref()),
        State::Waiting(_) | State::Granted(_) => None,
    };
    said.map(|note| format!(": {note}")).unwrap_or_default()
}

/// What can't be shown to a person whole can't be approved.
pub(super) fn too_long_to_show(reasons: &[Reason]) -> String {
    let first = "a person has to say yes to this first, and it is too long to be shown to one. Do it in smaller steps";
    told(first, reasons)
}

/// The answer to a prompt. Nothing in it can be changed, so what would have to be is a no.
pub(super) fn prompt(recorded: Recorded) -> Answer {
    let rules: Vec<String> =
        recorded.record().findings.iter().map(|finding| finding.rule.as_str().to_owned()).collect();
    match recorded.enforce() {
        Enforcement::Allow(_) => Answer::Abstain,
        Enforcement::AllowWithChanges(..) => Answer::Deny(format!(
            "Portcullis: the prompt was not handed over, because it holds what must not leave this machine ({}). Take it \
             out and send the prompt again.",
            distinct(rules).join(", ")
        )),
        enforcement @ (Enforcement::Ask(..) | Enforcement::Deny(_)) => {
            Answer::Deny(told("the prompt was not handed over", reasons(&enforcement)))
        }
    }
}

/// What went wrong, as an answer.
pub(crate) fn broken(why: &str) -> String {
    format!("Portcullis: this can't be judged, so it is denied: {why}")
}

/// A failure in one line.
pub(super) fn failure(failure: &Failure) -> String {
    let place = failure.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    let fix = failure.fix.first().map(|fix| format!("; {fix}")).unwrap_or_default();
    format!("{}{place}{fix}", failure.what)
}

/// What stands in the way, the strictest first.
fn told(first: &str, reasons: &[Reason]) -> String {
    let strictest = reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Deny);
    let mut lines = Vec::new();
    for reason in reasons.iter().filter(|reason| reason.verdict == strictest) {
        let source = reason.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
        lines.push(format!("{}{source}", reason.message));
    }
    let lines = distinct(lines);
    let more = lines.len().saturating_sub(MOST);
    let first_ones = lines.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    let fix = reasons.iter().filter(|reason| reason.verdict == strictest).find_map(|it| it.fix.as_ref());
    let fix = fix.map(|fix| format!(". What would change this: {fix}")).unwrap_or_default();
    format!("Portcullis: {first}: {first_ones}{rest}{fix}")
}

fn distinct(lines: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        if !all.contains(&line) {
            all.push(line);
        }
    }
    all
}
