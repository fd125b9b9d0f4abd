//! `portcullis approve`: what waits for a person's yes, shown exactly as it would happen, and answered.
//!
//! The answer is read from the terminal itself and never from standard input, so that no pipe says yes; a script may answer only
//! what it can name by its hash, which is what it was shown.

mod answer;
mod list;
mod show;
mod watch;

use crate::approvals::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::person::Person;
use crate::terminal::Terminal;
use answer::{Answering, Choice};
use clap::Args;
use portcullis_approvals::{Moment, State, Store, Ticket, TicketId};
use portcullis_event::ApprovalStep;
use show::Shown;
use std::num::NonZeroU32;

/// Lists what waits for a person's yes, shows one of it, and answers it.
///
/// Where policy says `ask`, the agent is told no together with the name of a ticket. A yes holds for exactly that call, once, and
/// for as long as policy says; the agent has to repeat the call.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The ticket, such as K7-4F2Q; without one, what waits is listed
    #[arg(value_name = "TICKET")]
    ticket: Option<TicketId>,
    /// Say no
    #[arg(long, requires = "ticket")]
    refuse: bool,
    /// Take back a yes that was not used yet, or the request itself
    #[arg(long, requires = "ticket", conflicts_with = "refuse")]
    revoke: bool,
    /// Say yes to all that are alike as well, in the same session; what that is, is shown before
    #[arg(long, requires = "ticket", conflicts_with_all = ["refuse", "revoke"])]
    like: bool,
    /// With --like: how often
    #[arg(long, value_name = "N", requires = "like", default_value = "10")]
    uses: NonZeroU32,
    /// What to tell the agent, and the record
    #[arg(long, value_name = "TEXT", requires = "ticket")]
    note: Option<String>,
    /// Stay, and ask about each new one as it comes
    #[arg(long, conflicts_with_all = ["ticket", "refuse", "revoke"])]
    watch: bool,
    /// Answer without a terminal, if `--hash` names what was shown
    #[arg(long, requires = "hash", requires = "ticket")]
    yes: bool,
    /// The hash of what is answered, or at least 12 digits of its beginning
    #[arg(long, value_name = "PREFIX", requires = "yes")]
    hash: Option<String>,
}

impl Approve {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let desk = Desk::at(invocation.home()?);
        let now = now()?;
        let Some(id) = self.ticket else {
            return if self.watch { watch::run(invocation, &desk) } else { list::run(invocation, &desk, &now) };
        };
        // Whoever may not answer may not find out by asking either.
        let person = Person::here()?;
        let mut store = desk.open_if_there()?.ok_or(portcullis_approvals::ApprovalsError::NoSuchTicket(id))?;
        tell_what_ran_out(invocation, &mut store, &now)?;
        let ticket = store.ticket(id, &now)?;
        let choice = self.choice();
        let answering =
            Answering { invocation, person: &person, note: self.note.clone(), uses: self.like.then_some(self.uses) };
        if let Some(prefix) = &self.hash {
            answer::is_what_was_shown(&ticket, prefix)?;
            return answering.carry_out(&mut store, ticket, choice);
        }
        ask(&answering, &mut store, ticket, choice)
    }

    fn choice(&self) -> Choice {
        if self.refuse {
            Choice::Refuse
        } else if self.revoke {
            Choice::Revoke
        } else {
            Choice::Grant
        }
    }
}

/// Shows it, and asks on the terminal. To say no, nobody has to be asked again.
fn ask(answering: &Answering<'_>, store: &mut Store, ticket: Ticket, choice: Choice) -> Result<Exit, Failure> {
    let output = answering.invocation.output;
    if choice != Choice::Grant {
        return answering.carry_out(store, ticket, choice);
    }
    if !matches!(ticket.state, State::Waiting(_)) || output.is_json() {
        // A program that reads this answers with --yes and the hash.
        output.show(&Shown::new(&ticket))?;
        return Ok(Exit::Success);
    }
    let by_hash = |failure: Failure| {
        failure.fix("a script answers what it was shown: portcullis approve TICKET --yes --hash PREFIX")
    };
    answer::ask(answering, &mut Terminal::open().map_err(by_hash)?, store, ticket)?;
    Ok(Exit::Success)
}

/// The time by which everything here is decided.
fn now() -> Result<Moment, Failure> {
    Ok(Moment::now()?)
}

/// Puts on the record what ran out since somebody last looked.
fn tell_what_ran_out(invocation: &Invocation, store: &mut Store, now: &Moment) -> Result<(), Failure> {
    let gone = store.run_out(now)?;
    if gone.is_empty() {
        return Ok(());
    }
    let gate = Gate::open(invocation)?;
    gone.iter().try_for_each(|ticket| {
        let notice = ticket.notice(ApprovalStep::Expired);
        gate.put_on_record(invocation, "that an approval ran out", notice).map(drop)
    })
}
