//! Puts a note of the person who runs this on the record, over the same road as everything else.

use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::surroundings;
use portcullis_event::{Enforcement, Event, EventId, Note, Receipt};
use std::time::SystemTime;

/// Records `text` and returns once it is durable, with the note's id. `what` names it in an error, such as `the note`.
pub(crate) fn record(
    invocation: &Invocation,
    gate: &Gate,
    what: &str,
    text: String,
) -> Result<(String, Receipt), Failure> {
    let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), surroundings::actor()?, Note::new(text));
    event.place = surroundings::place(invocation);
    let id = event.id.to_string();
    let recorded = gate.pass(event);
    match (recorded.receipt(), recorded.enforce()) {
        (Some(receipt), Enforcement::Allow(_) | Enforcement::AllowWithChanges(..)) => Ok((id, receipt)),
        (_, Enforcement::Deny(reasons) | Enforcement::Ask(_, _, reasons)) => {
            Err(Failure::denied(&format!("{what} was not let through"), &reasons))
        }
        (None, Enforcement::Allow(_) | Enforcement::AllowWithChanges(..)) => {
            Err(Failure::incomplete(format!("{what} could not be recorded")).fix("`portcullis doctor` says why"))
        }
    }
}
