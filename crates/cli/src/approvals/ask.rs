//! What becomes of something that policy asks a person about: it passes if one said yes, and else it waits for one.
//!
//! Policy has judged it before, and each step is on the record before anything follows from it.

use super::Desk;
use crate::gate::Gate;
use portcullis_approvals::{ActionHash, ApprovalsError, Capability, Filed, Moment, Request, Store};
use portcullis_event::{
    Actor, Approval, ApprovalStep, Content, Enforcement, Event, EventId, Inspector as _, Note, Obligation, Reason,
    Timestamp, Verdict,
};
use portcullis_inspect::{Inspection, Kinds};

/// What policy said about an event that is on the record.
pub(crate) struct Said<'a> {
    pub(crate) event: &'a Event,
    pub(crate) reasons: &'a [Reason],
    pub(crate) obligations: &'a [Obligation],
}

/// Who asks, and where.
pub(crate) struct Asking<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) desk: &'a Desk,
    /// Which of the questions about one call this is.
    pub(crate) door: &'a str,
    /// What is asked about, as one hash.
    pub(crate) action: ActionHash,
    /// What a person could grant with it.
    pub(crate) capability: Option<Capability>,
}

/// What becomes of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A person said yes, and it is on the record that this was used.
    Passes,
    /// A person has to answer, or did.
    Stopped(Box<Filed>),
    /// It can't be shown to a person whole.
    TooLong,
}

impl Said<'_> {
    /// The reasons that ask for a person.
    pub(crate) fn stopping(&self) -> Vec<Reason> {
        self.reasons.iter().filter(|reason| reason.verdict == Verdict::Ask).cloned().collect()
    }

    /// Whether it would pass as it is, if somebody said yes.
    pub(crate) fn passes_as_it_is(&self) -> bool {
        !self.obligations.iter().any(|it| matches!(it, Obligation::Replace { .. }))
    }
}

impl Asking<'_> {
    /// Uses a yes, or asks for one with what `request` makes of what is known already.
    pub(crate) fn ask(
        self,
        said: &Said<'_>,
        request: impl FnOnce(Request) -> Option<Request>,
    ) -> Result<Outcome, String> {
        let told = |error: ApprovalsError| error.to_string();
        let now = Moment::now().map_err(told)?;
        let mut store = self.desk.open().map_err(|failure| failure.what)?;
        self.tell_what_ran_out(said, &mut store, &now)?;
        if let Some(ticket) = store.claim(&self.action, self.door, &now).map_err(told)? {
            // It is gone already: if it can't be recorded nothing happens, and it has to be asked for anew.
            self.record(said, ticket.notice(ApprovalStep::Used))?;
            return Ok(Outcome::Passes);
        }
        let capability = self.grantable();
        if let Some(capability) = &capability
            && let Some(allowance) = store.claim_like(&capability.scope, &now).map_err(told)?
        {
            self.record(said, allowance.notice(ApprovalStep::Used, &self.action.to_string()))?;
            return Ok(Outcome::Passes);
        }
        let Some(request) = self.known(said, capability).and_then(request) else { return Ok(Outcome::TooLong) };
        let filed = store.file(request, self.gate.policy().approval_holds(), &now).map_err(told)?;
        if let Filed::New(ticket) = &filed {
            self.record(said, ticket.notice(ApprovalStep::Requested))?;
        }
        Ok(Outcome::Stopped(Box::new(filed)))
    }

    /// What could be granted with it, as policy has it. The label quotes what an agent wrote.
    fn grantable(&self) -> Option<Capability> {
        let policy = self.gate.policy();
        let is_possible = policy.may_approve_likes() && policy.approvals_needed() == 1;
        let Capability { scope, label } = self.capability.clone().filter(|_| is_possible)?;
        Some(Capability { scope, label: cleaned(vec![label]).pop()? })
    }

    /// A request with what every event says of itself.
    fn known(&self, said: &Said<'_>, capability: Option<Capability>) -> Option<Request> {
        let Said { event, obligations, .. } = said;
        let mut reasons = said.stopping();
        let messages = cleaned(reasons.iter().map(|reason| reason.message.clone()).collect());
        reasons.iter_mut().zip(messages).for_each(|(reason, message)| reason.message = message);
        let roles = obligations.iter().filter_map(|it| match it {
            Obligation::Approve { role, .. } => Some(role.clone()),
            Obligation::Replace { .. } | Obligation::Notify { .. } => None,
        });
        Some(Request {
            action: self.action,
            event: event.id,
            asked: event.time,
            user: event.actor.human.clone(),
            agent: event.actor.acting_agent()?.name.clone(),
            session: session(&event.actor),
            title: String::new(),
            shown: Vec::new(),
            effects: Vec::new(),
            cwd: event.place.cwd.as_ref().map(ToString::to_string),
            repository: event.place.repo.as_ref().map(ToString::to_string),
            environment: event.place.environment.clone(),
            kind: event.what.kind().to_owned(),
            reasons,
            needed: self.gate.policy().approvals_needed(),
            roles: roles.collect(),
            capability,
        })
    }

    fn tell_what_ran_out(&self, said: &Said<'_>, store: &mut Store, now: &Moment) -> Result<(), String> {
        let gone = store.run_out(now).map_err(|error| error.to_string())?;
        gone.iter().try_for_each(|ticket| self.record(said, ticket.notice(ApprovalStep::Expired)))
    }

    /// Puts a step on the record, in the name of whoever asks; an error if it does not get there.
    fn record(&self, said: &Said<'_>, notice: Approval) -> Result<(), String> {
        let about = said.event;
        let now = std::time::SystemTime::now().into();
        let mut event = Event::new(EventId::fresh(), now, about.actor.clone(), notice);
        (event.place, event.parent) = (about.place.clone(), Some(about.id));
        match self.gate.pass(event).enforce() {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Ok(()),
            Enforcement::Ask(..) | Enforcement::Deny(_) => Err("the approval can't be recorded".to_owned()),
        }
    }
}

/// The session that what waits is counted by: the outermost, which is the one that Portcullis itself named, if there is one.
fn session(actor: &Actor) -> String {
    actor.session().map_or_else(|| "none".to_owned(), |session| session.as_str().to_owned())
}

/// Texts with secrets replaced. They are ours, but they quote what an agent wrote.
pub(crate) fn cleaned(texts: Vec<String>) -> Vec<String> {
    let mut event = Event::new(EventId::from_bytes([0; 16]), Timestamp::default(), Actor::default(), Note::new(""));
    let place = |number: usize| format!("{number:06}");
    let texts = texts.into_iter().enumerate();
    event.content = texts.map(|(number, text)| (place(number), Content::Clear(text))).collect();
    let (event, _, _) = Inspection::new(Kinds::ALL).inspect(event);
    let clear = |content: Content| match content {
        Content::Clear(text) => text,
        Content::Sealed(_) | Content::Omitted { .. } => "[withheld]".to_owned(),
    };
    event.content.into_values().map(clear).collect()
}
