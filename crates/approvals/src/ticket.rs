//! A ticket: what is asked, and where it stands.

use crate::{Allowance, ApprovalsError, Closed, Moment, NotCounted, Request, State, TicketId, Vote};
use serde::Serialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// What is asked, and where it stands, as it was read from the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ticket {
    /// Its name.
    pub id: TicketId,
    /// When it last changed, counted over all tickets.
    pub revision: u64,
    /// What is asked.
    #[serde(flatten)]
    pub request: Request,
    /// Where it stands.
    pub state: State,
}

/// A ticket with an answer that was not written yet.
#[must_use = "it holds once the store has it"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The ticket as it was, with the state that it will have.
    pub(crate) ticket: Ticket,
    /// What somebody said.
    pub(crate) vote: Vote,
    /// What that is, for the record.
    pub(crate) step: portcullis_event::ApprovalStep,
    pub(crate) latency: Duration,
    /// The same for all that are alike.
    pub(crate) like: Option<Allowance>,
}

impl Ticket {
    /// Somebody says yes. Once enough have, it holds for `length`.
    pub fn grant(self, vote: Vote, now: &Moment, length: Duration) -> Result<Answered, ApprovalsError> {
        self.answered(vote, now, portcullis_event::ApprovalStep::Granted, |state, vote| match state {
            State::Waiting(waiting) => waiting.grant(vote, now, length),
            State::Granted(_) | State::Closed(_) => Err(NotCounted::Over),
        })
    }

    /// Somebody says no.
    pub fn refuse(self, vote: Vote, now: &Moment) -> Result<Answered, ApprovalsError> {
        self.answered(vote, now, portcullis_event::ApprovalStep::Refused, |state, vote| match state {
            State::Waiting(waiting) => Ok(State::Closed(waiting.refuse(vote))),
            State::Granted(_) | State::Closed(_) => Err(NotCounted::Over),
        })
    }

    /// Somebody takes back what was asked or granted.
    pub fn revoke(self, vote: Vote, now: &Moment) -> Result<Answered, ApprovalsError> {
        self.answered(vote, now, portcullis_event::ApprovalStep::Revoked, |state, vote| match state {
            State::Waiting(waiting) => Ok(State::Closed(waiting.revoke(vote))),
            State::Granted(granted) => Ok(State::Closed(granted.revoke(vote))),
            State::Closed(Closed { .. }) => Err(NotCounted::NothingToRevoke),
        })
    }

    fn answered(
        self,
        vote: Vote,
        now: &Moment,
        step: portcullis_event::ApprovalStep,
        next: impl FnOnce(State, Vote) -> Result<State, NotCounted>,
    ) -> Result<Answered, ApprovalsError> {
        let latency = self.state.window().elapsed(now);
        let state = next(self.state.at(now), vote.clone())?;
        Ok(Answered { ticket: Self { state, ..self }, vote, step, latency, like: None })
    }
}

impl Answered {
    /// The same yes to all that are alike, so often and for so long. `None` if nothing is like it, if it is no yes, or if more
    /// than one person has to say it.
    pub fn and_all_alike(self, uses: NonZeroU32, now: &Moment, length: Duration) -> Option<Self> {
        let Request { capability, event, needed, .. } = &self.ticket.request;
        let is_a_yes = matches!(self.ticket.state, State::Granted(_)) && *needed <= 1;
        let capability = capability.clone().filter(|_| is_a_yes)?;
        let of = (self.ticket.id, *event);
        let like = Allowance::new(of, capability, self.vote.by.clone(), (uses, now, length));
        Some(Self { like: Some(like), ..self })
    }

    /// The ticket as it will be.
    pub fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}
