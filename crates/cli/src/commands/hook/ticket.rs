//! A ticket instead of a question: what policy asks about is denied, a person answers elsewhere, and the agent repeats its call.
//!
//! So no hook waits for a person while its agent's patience runs out, and the answer does not come by way of the agent. Policy
//! is asked each time, also when the yes is used: what it denies by then is denied.

use super::judge::ToolJudge;
use super::private::Placed;
use super::{Road, alike, exactly, shown, words};
use crate::effects::described;
use portcullis_agents::hook::{self, Answer, Call, Kind, ToolUse};
use portcullis_approvals::{ActionHash, Capability, Filed, Moment, Request, Store, Ticket};
use portcullis_event::{
    Actor, Approval, ApprovalStep, Content, Enforcement, Event, EventId, Inspector as _, Note, Obligation, Reason,
    Recorded, Timestamp, ToolName, Verdict,
};
use portcullis_inspect::{Inspection, Kinds};
use portcullis_policy::AskedBy;

/// A call on its way.
pub(super) struct Asking<'a> {
    pub(super) road: &'a Road<'a>,
    pub(super) call: &'a Call,
    pub(super) tool: &'a ToolUse,
    pub(super) judge: &'a ToolJudge<'a>,
    pub(super) placed: &'a Placed,
}

/// What policy said about it.
struct Said<'a> {
    event: &'a Event,
    reasons: &'a [Reason],
    obligations: &'a [Obligation],
}

impl Said<'_> {
    /// The reasons that ask for a person.
    fn stopping(&self) -> Vec<Reason> {
        self.reasons.iter().filter(|reason| reason.verdict == Verdict::Ask).cloned().collect()
    }
}

impl Asking<'_> {
    /// The answer to a call whose decision is on the record.
    pub(super) fn answer(&self, recorded: Recorded) -> Result<Answer, String> {
        let event = recorded.record().event.clone();
        let enforcement = recorded.enforce();
        match &enforcement {
            Enforcement::Ask(_, obligations, reasons) if self.is_for_a_ticket(obligations) => {
                self.by_ticket(&Said { event: &event, reasons, obligations })
            }
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) | Enforcement::Ask(..) | Enforcement::Deny(_) => {
                Ok(words::answer(&enforcement))
            }
        }
    }

    /// Whether a person is asked by a ticket, and not by the agent.
    fn is_for_a_ticket(&self, obligations: &[Obligation]) -> bool {
        let asker = self.road.asker;
        let is_about_to_happen = matches!(asker.kind(), Kind::Before | Kind::Permission);
        // A yes would hand on what must be replaced first, and a hook can't replace it.
        let passes_as_it_is = !obligations.iter().any(|it| matches!(it, Obligation::Replace { .. }));
        let by_ticket = self.road.origin.within_a_run
            || self.road.gate.policy().asked_by() == AskedBy::Ticket
            || !hook::can_ask(asker.agent, &asker.event);
        is_about_to_happen && passes_as_it_is && by_ticket
    }

    fn by_ticket(&self, said: &Said<'_>) -> Result<Answer, String> {
        let action = exactly::hash(said.event, self.tool, self.judge, (said.reasons, said.obligations))?;
        let now = Moment::now().map_err(|error| error.to_string())?;
        let mut store = self.road.origin.desk.open().map_err(|failure| words::failure(&failure))?;
        self.tell_what_ran_out(&mut store, &now)?;
        let told = |error: portcullis_approvals::ApprovalsError| error.to_string();
        if let Some(ticket) = store.claim(&action, &self.road.asker.event, &now).map_err(told)? {
            // It is gone already: if it can't be recorded nothing happens, and it has to be asked for anew.
            self.record(said.event.id, ticket.notice(ApprovalStep::Used))?;
            return Ok(Answer::Abstain);
        }
        let capability = self.alike(said);
        if let Some(capability) = &capability
            && let Some(allowance) = store.claim_like(&capability.scope, &now).map_err(told)?
        {
            self.record(said.event.id, allowance.notice(ApprovalStep::Used, &action.to_string()))?;
            return Ok(Answer::Abstain);
        }
        let Some(request) = self.request(said, action, capability) else {
            return Ok(Answer::Deny(words::too_long_to_show(said.reasons)));
        };
        let filed = store.file(request, self.road.gate.policy().approval_holds(), &now).map_err(told)?;
        if let Filed::New(ticket) = &filed {
            self.record(said.event.id, ticket.notice(ApprovalStep::Requested))?;
        }
        Ok(Answer::Deny(words::ticket(&filed, said.reasons)))
    }

    /// What a person could grant with it. Its label quotes what the agent wrote.
    fn alike(&self, said: &Said<'_>) -> Option<Capability> {
        let policy = self.road.gate.policy();
        let is_possible = policy.may_approve_likes() && policy.approvals_needed() == 1;
        let capability = alike::of(said.event, self.tool, self.judge, &said.stopping()).filter(|_| is_possible)?;
        let label = cleaned(vec![capability.label]).pop()?;
        Some(Capability { label, ..capability })
    }

    fn tell_what_ran_out(&self, store: &mut Store, now: &Moment) -> Result<(), String> {
        let gone = store.run_out(now).map_err(|error| error.to_string())?;
        gone.iter()
            .try_for_each(|ticket: &Ticket| self.record(ticket.request.event, ticket.notice(ApprovalStep::Expired)))
    }

    /// Puts a step on the record; an error if it does not get there.
    fn record(&self, parent: EventId, notice: Approval) -> Result<(), String> {
        let mut event = self.road.event(Some(self.call), notice)?;
        event.parent = Some(parent);
        match self.road.pass(event).enforce() {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Ok(()),
            Enforcement::Ask(..) | Enforcement::Deny(_) => Err("the approval can't be recorded".to_owned()),
        }
    }

    /// What a person will be shown; `None` if that is too much.
    fn request(&self, said: &Said<'_>, action: ActionHash, capability: Option<Capability>) -> Option<Request> {
        let Said { event, obligations, .. } = said;
        let shown = shown::of(&self.tool.input, self.placed, event)?;
        let agent = event.actor.acting_agent()?.name.clone();
        let mut reasons = said.stopping();
        let messages = cleaned(reasons.iter().map(|reason| reason.message.clone()).collect());
        reasons.iter_mut().zip(messages).for_each(|(reason, message)| reason.message = message);
        let roles = obligations.iter().filter_map(|it| match it {
            Obligation::Approve { role, .. } => Some(role.clone()),
            Obligation::Replace { .. } | Obligation::Notify { .. } => None,
        });
        let effects = self.judge.effects().list.iter().map(|effect| described(&effect.what)).collect();
        let path = |path: &portcullis_event::AbsPath| path.to_string();
        Some(Request {
            action,
            event: event.id,
            asked: event.time,
            user: event.actor.human.clone(),
            agent,
            session: session(&event.actor),
            title: title(self.tool, &shown),
            shown,
            effects: cleaned(effects),
            cwd: Some(self.judge.cwd().to_string()),
            repository: event.place.repo.as_ref().map(path),
            environment: event.place.environment.clone(),
            kind: event.what.kind().to_owned(),
            reasons,
            needed: self.road.gate.policy().approvals_needed(),
            roles: roles.collect(),
            capability,
        })
    }
}

/// The session that what waits is counted by: the outermost, which is the one that Portcullis itself named, if there is one.
fn session(actor: &Actor) -> String {
    actor.session().map_or_else(|| "none".to_owned(), |session| session.as_str().to_owned())
}

/// What would happen, in one line.
fn title(tool: &ToolUse, shown: &[portcullis_approvals::Shown]) -> String {
    const LONGEST: usize = 160;
    let name =
        ToolName::parse(tool.name.as_str()).map_or_else(|_| "a tool".to_owned(), |name| name.as_str().to_owned());
    let first = ["command", "cmd", "command_line", "CommandLine", "file_path", "path", "url"];
    let told = first.iter().find_map(|name| shown.iter().find(|piece| piece.name == *name)).or(shown.first());
    let text = told.map(|piece| piece.text.as_str()).unwrap_or_default();
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{name}: {short}")
}

/// Texts with secrets replaced. They are ours, but they quote what an agent wrote.
fn cleaned(texts: Vec<String>) -> Vec<String> {
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
