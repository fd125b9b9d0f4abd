//! A ticket instead of a question: what policy asks about is denied, a person answers elsewhere, and the agent repeats its call.
//!
//! So no hook waits for a person while its agent's patience runs out, and the answer does not come by way of the agent. Policy
//! is asked each time, also when the yes is used: what it denies by then is denied.

use super::judge::ToolJudge;
use super::private::Placed;
use super::{Road, alike, exactly, shown, words};
use crate::approvals::ask::{self, Asking, Outcome, Said};
use crate::effects::described;
use portcullis_agents::hook::{self, Answer, Kind, ToolUse};
use portcullis_approvals::{Request, Shown};
use portcullis_event::{Enforcement, Recorded, ToolName};
use portcullis_policy::AskedBy;

/// A call on its way.
pub(super) struct OnItsWay<'a> {
    pub(super) road: &'a Road<'a>,
    pub(super) tool: &'a ToolUse,
    pub(super) judge: &'a ToolJudge<'a>,
    pub(super) placed: &'a Placed,
}

impl OnItsWay<'_> {
    /// The answer to a call whose decision is on the record.
    pub(super) fn answer(&self, recorded: Recorded) -> Result<Answer, String> {
        let event = recorded.record().event.clone();
        let enforcement = recorded.enforce();
        if let Enforcement::Ask(_, obligations, reasons) = &enforcement {
            let said = Said { event: &event, reasons, obligations };
            // A yes would hand on what must be replaced first, and a hook can't replace it.
            if self.is_for_a_ticket() && said.passes_as_it_is() {
                return self.by_ticket(&said);
            }
        }
        Ok(words::answer(&enforcement))
    }

    /// Whether a person is asked by a ticket, and not by the agent.
    fn is_for_a_ticket(&self) -> bool {
        let asker = self.road.asker;
        let is_about_to_happen = matches!(asker.kind(), Kind::Before | Kind::Permission);
        let by_ticket = self.road.origin.within_a_run
            || self.road.gate.policy().asked_by() == AskedBy::Ticket
            || !hook::can_ask(asker.agent, &asker.event);
        is_about_to_happen && by_ticket
    }

    fn by_ticket(&self, said: &Said<'_>) -> Result<Answer, String> {
        let asking = Asking {
            gate: self.road.gate,
            desk: &self.road.origin.desk,
            door: &self.road.asker.event,
            action: exactly::hash(
                self.road.asker.agent,
                said.event,
                self.tool,
                self.judge,
                (said.reasons, said.obligations),
            )?,
            capability: alike::of(said.event, self.tool, self.judge, &said.stopping()),
        };
        Ok(match asking.ask(said, |known| self.request(said, known))? {
            Outcome::Passes => Answer::Abstain,
            Outcome::Stopped(filed) => Answer::Deny(words::ticket(&filed, said.reasons)),
            Outcome::TooLong => Answer::Deny(words::too_long_to_show(said.reasons)),
        })
    }

    /// What a person will be shown; `None` if that is too much.
    fn request(&self, said: &Said<'_>, known: Request) -> Option<Request> {
        let shown = shown::of(&self.tool.input, self.placed, said.event)?;
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
