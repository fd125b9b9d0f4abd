//! Kiro, and Amazon Q's command line before it. Status 2 and a reason on standard error stop a tool. One call may hold a
//! list of operations; they are judged one by one.

use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said};

pub(super) struct Kiro;

impl Protocol for Kiro {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("preToolUse", Kind::Before),
            ("postToolUse", Kind::After),
            ("userPromptSubmit", Kind::Prompt),
            ("agentSpawn", Kind::Other),
            ("stop", Kind::Other),
        ]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.usual(event, kind)
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        match answer {
            Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why) if kind != Kind::Other => {
                Reply::blocked(why)
            }
            Answer::Abstain | Answer::Ask(_) | Answer::Deny(_) | Answer::Replace(..) => Reply::silence(),
        }
    }
}
