//! goose. Status 2, or JSON that says `block`; both are given. What it calls the event stands in `event`.

use super::claude_code::block;
use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said};

pub(super) struct Goose;

impl Protocol for Goose {
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
        payload.about(&["event"], event)?;
        payload.usual(event, kind)
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        Reply::unless_silent(kind, answer, |why| Reply::blocked_and_said(&block(why), why))
    }
}
