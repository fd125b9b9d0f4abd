//! Devin's command line: what Claude Code sends, with names of its own for the tools. It takes status 2, or JSON that says
//! `block`; both are given.

use super::claude_code::block;
use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said};

pub(super) struct Devin;

impl Protocol for Devin {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("SessionStart", Kind::Other),
            ("SessionEnd", Kind::Other),
            ("Stop", Kind::Other),
        ]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.usual(event, kind)
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        match answer {
            Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why) if kind != Kind::Other => {
                Reply::blocked_and_said(&block(why), why)
            }
            Answer::Abstain | Answer::Ask(_) | Answer::Deny(_) | Answer::Replace(..) => Reply::silence(),
        }
    }
}
