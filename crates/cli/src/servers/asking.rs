//! What only a person lets happen: a server that nobody approved, one that is started otherwise, what it offers anew. It waits for a
//! ticket's answer.

use super::road::{DOOR, ServerRoad};
use crate::approvals::ask::{self, Asking, Outcome, Said};
use crate::approvals::parts;
use crate::commands::hook::words;
use portcullis_approvals::{ActionHasher, Filed, Request, Shown};
use portcullis_event::{AbsPath, Config, Enforcement};

impl ServerRoad {
    /// Something that only a person may let happen.
    pub(super) fn asks_a_person(&self, config: Config, why: &str, shown: &[Shown]) -> Result<(), String> {
        let recorded = self.gate.pass(self.event(config));
        let event = recorded.record().event.clone();
        let enforcement = recorded.enforce();
        match &enforcement {
            Enforcement::Ask(_, obligations, reasons) => {
                let said = Said { event: &event, reasons, obligations };
                self.by_ticket(&said, &format!("the MCP server `{}` {why}", self.server), shown)
            }
            Enforcement::Deny(_) => Err(words::stopping(&enforcement).unwrap_or_default()),
            // Policy lets an agent change what steers agents.
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => Ok(()),
        }
    }

    /// Whether a person said yes to exactly what is shown.
    pub(super) fn by_ticket(&self, said: &Said<'_>, title: &str, shown: &[Shown]) -> Result<(), String> {
        let mut hasher = ActionHasher::new("mcp");
        parts::who(&mut hasher, &said.event.actor);
        hasher.part("server", &self.server).list("launch", self.launch.words()).part("title", title);
        hasher.maybe("repository", said.event.place.repo.as_ref().map(AbsPath::as_str));
        for piece in shown {
            hasher.part("name", &piece.name).part("text", &piece.text);
        }
        parts::why(&mut hasher, said.reasons)?;
        let action = hasher.finish();
        let asking = Asking { gate: &self.gate, desk: &self.origin.desk, door: DOOR, action, capability: None };
        let texts = ask::cleaned(shown.iter().map(|piece| piece.text.clone()).collect());
        let cleaned = shown.iter().zip(texts).map(|(piece, text)| Shown { name: piece.name.clone(), text }).collect();
        match asking.ask(said, |known| Some(Request { title: title.to_owned(), shown: cleaned, ..known }))? {
            Outcome::Passes => Ok(()),
            Outcome::Stopped(filed) => Err(told(title, &filed)),
            Outcome::TooLong => {
                Err(format!("Portcullis: {title}: a person has to say yes to this, and can't be asked"))
            }
        }
    }
}

/// What an agent is told that wants something which only a person may let through.
fn told(title: &str, filed: &Filed) -> String {
    let how = match filed {
        Filed::New(ticket) | Filed::Waits(ticket) => {
            format!(
                "A person can look at it and allow it with `portcullis approve {}`; then start the server again",
                ticket.id
            )
        }
        Filed::Refused(ticket) => format!("A person said no to it ({})", ticket.id),
        Filed::TooMany(count) => format!("Nobody was asked: {count} requests wait for an answer already"),
    };
    format!("Portcullis: {title}. {how}.")
}
