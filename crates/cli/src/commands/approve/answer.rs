//! An answer: allowed by policy, put on the record, and only then written down.

use super::now;
use super::show::{self, Shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::person::Person;
use crate::terminal::Terminal;
use portcullis_approvals::{Answered, Moment, State, Store, Ticket, Vote};
use portcullis_event::{ApprovalStep, Risk};
use portcullis_policy::{Action, ApprovalTarget, Role, ValidPolicy};
use serde::Serialize;
use std::num::NonZeroU32;

/// What somebody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Grant,
    Refuse,
    Revoke,
}

impl Choice {
    fn action(self) -> Action {
        match self {
            Self::Grant => Action::Approve,
            Self::Refuse => Action::Refuse,
            Self::Revoke => Action::Revoke,
        }
    }
}

/// Somebody who answers.
pub(super) struct Answering<'a> {
    pub(super) invocation: &'a Invocation,
    pub(super) person: &'a Person,
    pub(super) note: Option<String>,
    /// How often all that are alike may pass as well.
    pub(super) uses: Option<NonZeroU32>,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Outcome {
    ticket: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<u32>,
}

impl Answering<'_> {
    /// Carries it out, and tells what came of it.
    pub(super) fn carry_out(&self, store: &mut Store, ticket: Ticket, choice: Choice) -> Result<Exit, Failure> {
        if choice == Choice::Revoke && self.take_back_like(store, &ticket)? && matches!(ticket.state, State::Closed(_))
        {
            let outcome = Outcome { ticket: ticket.id.to_string(), state: "revoked", missing: None };
            self.invocation.output.show(&outcome)?;
            return Ok(Exit::Success);
        }
        let after = self.put(store, ticket, choice)?;
        let missing = match &after.state {
            State::Waiting(waiting) => Some(waiting.missing()),
            State::Granted(_) | State::Closed(_) => None,
        };
        self.invocation.output.show(&Outcome { ticket: after.id.to_string(), state: after.state.word(), missing })?;
        Ok(Exit::Success)
    }

    fn put(&self, store: &mut Store, ticket: Ticket, choice: Choice) -> Result<Ticket, Failure> {
        let gate = Gate::open(self.invocation)?;
        let role = self.allowed(gate.policy(), &ticket, choice)?;
        let now = now()?;
        let note = self.note.clone();
        let vote = Vote { by: self.person.name.clone(), role: role.name().to_owned(), at: now.wall, note };
        let answered: Answered = match choice {
            Choice::Grant => self.grant(gate.policy(), ticket, vote, &now)?,
            Choice::Refuse => ticket.refuse(vote, &now)?,
            Choice::Revoke => ticket.revoke(vote, &now)?,
        };
        // What is not on the record was never said.
        gate.put_on_record(self.invocation, "the answer", answered.notice())?;
        Ok(store.answer(answered)?)
    }

    /// Takes back what was granted beside a ticket. That the ticket itself is over is no obstacle then.
    fn take_back_like(&self, store: &mut Store, ticket: &Ticket) -> Result<bool, Failure> {
        let mut allowances = store.allowances(&now()?)?.into_iter();
        let Some(allowance) = allowances.find(|allowance| allowance.ticket == ticket.id) else { return Ok(false) };
        let gate = Gate::open(self.invocation)?;
        let role = self.allowed(gate.policy(), ticket, Choice::Revoke)?;
        let mut notice = allowance.notice(ApprovalStep::Revoked, &ticket.request.action.to_string());
        (notice.by, notice.role) = (Some(self.person.name.clone()), Some(role.name().to_owned()));
        gate.put_on_record(self.invocation, "the answer", notice)?;
        Ok(store.revoke_like(ticket.id)?)
    }

    fn grant(&self, policy: &ValidPolicy, ticket: Ticket, vote: Vote, now: &Moment) -> Result<Answered, Failure> {
        let length = policy.approval_holds();
        let answered = ticket.grant(vote, now, length)?;
        let Some(uses) = self.uses else { return Ok(answered) };
        if !policy.may_approve_likes() {
            return Err(nothing_alike("policy says `like = \"deny\"` in `[approvals]`"));
        }
        let why = "it is dangerous, not fully known, or too wide to be told in a line";
        answered.and_all_alike(uses, now, length).ok_or_else(|| nothing_alike(why))
    }

    /// The role in which this person may, by policy.
    fn allowed(&self, policy: &ValidPolicy, ticket: &Ticket, choice: Choice) -> Result<Role, Failure> {
        let request = &ticket.request;
        let target = ApprovalTarget {
            kind: request.kind.clone(),
            risk: Risk::High,
            environment: request.environment.clone(),
            // One yes is a person's to an agent, and these two are never the same. Where more are needed, it is people who
            // watch each other, and whoever's agent it is does not count.
            requester: if request.needed > 1 { request.user.clone() } else { None },
        };
        let authorization = policy.may(&self.person.name, &self.person.roles, choice.action(), &target);
        if !authorization.allowed {
            return Err(Failure::usage(format!("{} may not answer this", self.person.name.as_str()))
                .because(authorization.because.join("; "))
                .fix("`[approvals]` in the policy says who may"));
        }
        let listed = |role: &&Role| request.roles.is_empty() || request.roles.iter().any(|name| name == role.name());
        let role = self.person.roles.iter().rev().find(listed).or(self.person.roles.last());
        role.copied().ok_or_else(|| Failure::usage("nobody says what you may do"))
    }
}

fn nothing_alike(why: &str) -> Failure {
    Failure::usage("this can only be granted by itself").because(why).fix("leave --like out")
}

/// Refuses to answer anything but what was shown.
pub(super) fn is_what_was_shown(ticket: &Ticket, prefix: &str) -> Result<(), Failure> {
    if ticket.request.action.begins_with(prefix) {
        return Ok(());
    }
    Err(Failure::usage("this is not the hash of what would happen, or too little of it")
        .because("a script may only answer what it was shown")
        .fix(format!("portcullis approve {} --json shows it", ticket.id)))
}

impl View for Outcome {
    fn write(&self, page: &mut Page) {
        let tone = if self.state == "granted" { Tone::Good } else { Tone::Warning };
        page.put(Tone::Strong, &self.ticket).put(Tone::Plain, " is ").put(tone, self.state);
        match (self.state, self.missing) {
            ("granted", _) => drop(page.put(Tone::Plain, ": tell the agent to repeat the call")),
            (_, Some(missing)) => drop(page.put(Tone::Plain, format!(": {missing} more must say yes"))),
            (_, None) => {}
        }
        page.end();
    }
}

/// A ticket, shown and asked about, for whoever goes through many.
pub(super) fn ask(
    answering: &Answering<'_>,
    terminal: &mut Terminal,
    store: &mut Store,
    ticket: Ticket,
) -> Result<(), Failure> {
    terminal.show(answering.invocation.output, &Shown::new(&ticket))?;
    let now = Moment::now()?;
    let how = match answering.uses {
        Some(uses) => format!("and {uses} more like it as shown"),
        None => "once and exactly so".to_owned(),
    };
    let ends = show::ends(&ticket, &now);
    let question = format!("\nLet it happen, {how}? It waits for another {ends}. [y]es, [N]o answer, [r]efuse: ");
    let choice = match terminal.ask(&question)?.as_str() {
        "y" | "yes" => Choice::Grant,
        "r" | "refuse" => Choice::Refuse,
        // No answer at all: it goes on waiting.
        _ => return Ok(()),
    };
    answering.carry_out(store, ticket, choice).map(drop)
}
