//! Kiro, and Amazon Q's command line before it. Status 2 and a reason on standard error stop a tool. One call may hold a
//! list of operations; they are judged one by one.

use super::{Answer, Kind, Protocol, Reply};

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

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        Reply::unless_silent(kind, answer, Reply::blocked)
    }
}
