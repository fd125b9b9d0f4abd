//! The terminal that a person keeps open beside the agent: each new request is shown and asked about as it comes.

use super::answer::{self, Answering};
use super::{now, tell_what_ran_out};
use crate::approvals::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::person::Person;
use crate::terminal::Terminal;
use portcullis_approvals::State;
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(400);

/// Asks about everything that waits and everything that comes, until it is interrupted.
pub(super) fn run(invocation: &Invocation, desk: &Desk) -> Result<Exit, Failure> {
    let person = Person::here()?;
    let mut terminal = Terminal::open()?;
    let answering = Answering { invocation, person: &person, note: None, uses: None };
    terminal.write("waiting for requests; end with Ctrl-C\n")?;
    let mut asked = BTreeSet::new();
    loop {
        let moment = now()?;
        if let Some(mut store) = desk.open_if_there()? {
            tell_what_ran_out(invocation, &mut store, &moment)?;
            let next = store
                .open_ones(&moment)?
                .into_iter()
                .find(|ticket| matches!(ticket.state, State::Waiting(_)) && !asked.contains(&ticket.id));
            if let Some(ticket) = next {
                asked.insert(ticket.id);
                let outcome = answer::ask(&answering, &mut terminal, &mut store, ticket);
                if let Err(failure) = outcome {
                    // Somebody else was quicker, or policy says no; the next one may go better.
                    invocation.output.fail(&failure);
                }
                continue;
            }
        }
        thread::sleep(PAUSE);
    }
}
