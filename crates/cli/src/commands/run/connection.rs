//! A connection that policy asks a person about: refused with a ticket, and tried again once somebody said yes.
//!
//! A yes is for one connection to that host and port; with `--like` it is for more of them in this session.

use super::egress::denial;
use crate::approvals::ask::{self, Asking, Outcome, Said};
use crate::approvals::{Desk, parts};
use crate::gate::Gate;
use portcullis_approvals::{ActionHash, ActionHasher, Capability, Filed, Request, Shown};
use portcullis_gateway::egress::{Attempt, Denial, Way};

/// Whether a person said yes to it; why not, else.
pub(super) fn ask((gate, desk): (&Gate, &Desk), attempt: &Attempt, said: &Said<'_>) -> Result<(), Denial> {
    let refused = |fix: String| {
        let Denial { reasons, fix: lasting, .. } = denial(said.reasons);
        Denial { reasons, fix: Some(fix), lasting }
    };
    // Where a name leads is no question for a person: the name itself is, and it was answered.
    if attempt.behind.is_some() || !said.passes_as_it_is() {
        return Err(denial(said.reasons));
    }
    let action = action(attempt, said).map_err(refused)?;
    let asking = Asking { gate, desk, door: "connection", action, capability: capability(attempt, said) };
    match asking.ask(said, |known| Some(request(attempt, known))) {
        Ok(Outcome::Passes) => Ok(()),
        Ok(Outcome::Stopped(filed)) => Err(refused(words(&filed))),
        Ok(Outcome::TooLong) => Err(denial(said.reasons)),
        Err(why) => Err(refused(format!("a person can't be asked: {why}"))),
    }
}

/// What to do about it.
fn words(filed: &Filed) -> String {
    match filed {
        Filed::New(ticket) | Filed::Waits(ticket) => {
            format!("a person can allow it with `portcullis approve {}`; then try it again", ticket.id)
        }
        Filed::Refused(ticket) => format!("a person said no to it ({})", ticket.id),
        Filed::TooMany(count) => format!("{count} requests of this session wait for an answer already"),
    }
}

/// Who tries to reach what, and why policy asks.
fn action(attempt: &Attempt, said: &Said<'_>) -> Result<ActionHash, String> {
    let mut hasher = ActionHasher::new("connection");
    parts::who(&mut hasher, &said.event.actor);
    hasher.part("way", format!("{:?}", attempt.way));
    hasher.part("host", attempt.host.as_str()).part("port", attempt.port.to_be_bytes());
    parts::why(&mut hasher, said.reasons)?;
    Ok(hasher.finish())
}

/// Any connection to the same host and port, where the same lines ask.
fn capability(attempt: &Attempt, said: &Said<'_>) -> Option<Capability> {
    let lines = parts::lines(&said.stopping())?;
    let mut hasher = ActionHasher::new("connections");
    parts::who(&mut hasher, &said.event.actor);
    hasher.part("host", attempt.host.as_str()).part("port", attempt.port.to_be_bytes()).list("lines", &lines);
    let label = format!("every connection to {}:{} in this session", attempt.host, attempt.port);
    Some(Capability { scope: hasher.finish(), label })
}

/// What is asked of the other end, as far as it is known.
fn asked_for(attempt: &Attempt) -> String {
    match &attempt.way {
        Way::Http { method, path } => format!(" ({method} {path})"),
        Way::Connect | Way::Socks | Way::Transparent => String::new(),
    }
}

fn request(attempt: &Attempt, known: Request) -> Request {
    // A request over plain HTTP names a path, and a path can hold anything.
    let text = ask::cleaned(vec![format!("{attempt}{}", asked_for(attempt))]).pop().unwrap_or_default();
    let title = format!("network: {text}");
    Request { title, shown: vec![Shown { name: "connection".to_owned(), text }], ..known }
}
