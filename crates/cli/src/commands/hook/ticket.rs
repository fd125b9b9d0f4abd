//! A ticket instead of a question: what policy asks about is denied, a person answers elsewhere, and the agent repeats its call.
//!
//! So no hook waits for a person while its agent's patience runs out, and the answer does not come by way of the agent. Policy
//! is asked each time, also when the yes is used: what it denies by then is denied.

use super::judge::ToolJudge;
use super::private::Placed;
use super::{Road, alike, exactly, shown, words};
use crate::approvals::Desk;
use crate::approvals::ask::{self, Asking, Outcome, Said};
use crate::effects::described;
use crate::gate::Gate;
use portcullis_agents::Agent;
use portcullis_agents::hook::{self, Answer, Kind, ToolUse};
use portcullis_approvals::{Request, Shown};
use portcullis_event::{Enforcement, Recorded, ToolName};
use portcullis_policy::AskedBy;
use serde_json::Value;

/// A call on its way, at whichever gate.
pub(crate) struct OnItsWay<'a> {
    pub(crate) gate: &'a Gate,
    pub(crate) desk: &'a Desk,
    pub(crate) agent: Agent,
    /// Which of the questions about one call this is.
    pub(crate) door: &'a str,
    pub(crate) tool: &'a ToolUse,
    /// What it is given, as it is on the record.
    pub(crate) written: &'a Value,
    pub(crate) judge: &'a ToolJudge<'a>,
    pub(crate) placed: &'a Placed,
    /// Whether a yes can be for calls that are like it.
    pub(crate) can_be_alike: bool,
}

/// What a person's answer means for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ByTicket {
    /// A person said yes to this very call.
    Passes,
    /// It does not happen, and the agent is told these words.
    Stopped(String),
}

impl OnItsWay<'_> {
    /// What became of a call that policy asks about, or asks about now.
    pub(crate) fn by_ticket(&self, said: &Said<'_>) -> Result<ByTicket, String> {
        let capability = || alike::of(said.event, self.tool, self.judge, &said.stopping());
        let asking = Asking {
            gate: self.gate,
            desk: self.desk,
            door: self.door,
            action: exactly::hash(self.agent, said.event, self.tool, self.judge, (said.reasons, said.obligations))?,
            capability: self.can_be_alike.then(capability).flatten(),
        };
        Ok(match asking.ask(said, |known| self.request(said, known))? {
            Outcome::Passes => ByTicket::Passes,
            Outcome::Stopped(filed) => ByTicket::Stopped(words::ticket(&filed, said.reasons)),
            Outcome::TooLong => ByTicket::Stopped(words::too_long_to_show(said.reasons)),
        })
    }

    /// What a person will be shown; `None` if that is too much.
    fn request(&self, said: &Said<'_>, known: Request) -> Option<Request> {
        let shown = shown::of(self.written, self.placed, said.event)?;
        let effects = self.judge.effects().list.iter().map(|effect| described(&effect.what)).collect();
        Some(Request {
            title: title(self.tool, &shown),
            shown,
            effects: ask::cleaned(effects),
            cwd: Some(self.judge.cwd().to_string()),
            ..known
        })
    }
}

/// The answer to a call whose decision is on the record, by the hook that asks about it.
pub(super) fn answer(road: &Road<'_>, way: &OnItsWay<'_>, recorded: Recorded) -> Result<Answer, String> {
    let event = recorded.record().event.clone();
    let enforcement = recorded.enforce();
    if let Enforcement::Ask(_, obligations, reasons) = &enforcement {
        let said = Said { event: &event, reasons, obligations };
        // A yes would hand on what must be replaced first, and a hook can't replace it.
        if is_for_a_ticket(road) && said.passes_as_it_is() {
            return Ok(match way.by_ticket(&said)? {
                ByTicket::Passes => Answer::Abstain,
                ByTicket::Stopped(words) => Answer::Deny(words),
            });
        }
    }
    Ok(words::answer(&enforcement))
}

/// Whether a person is asked by a ticket, and not by the agent.
fn is_for_a_ticket(road: &Road<'_>) -> bool {
    let asker = road.asker;
    let is_about_to_happen = matches!(asker.kind(), Kind::Before | Kind::Permission);
    let by_ticket = road.origin.within_a_run
        || road.gate.policy().asked_by() == AskedBy::Ticket
        || !hook::can_ask(asker.agent, &asker.event);
    is_about_to_happen && by_ticket
}

/// What would happen, in one line.
fn title(tool: &ToolUse, shown: &[Shown]) -> String {
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
