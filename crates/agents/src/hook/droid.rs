//! Factory Droid: what Claude Code sends, with names of its own for the tools. Status 2 and a reason on standard error is
//! the one way to say no that is documented. How risky a call is, the model says itself; that is not listened to.

use super::{Answer, Kind, Protocol, Reply};

pub(super) struct Droid;

impl Protocol for Droid {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("SessionStart", Kind::Other),
            ("SessionEnd", Kind::Other),
            ("SubagentStop", Kind::Other),
            ("PreCompact", Kind::Other),
            ("Notification", Kind::Other),
            ("Stop", Kind::Other),
        ]
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        Reply::unless_silent(kind, answer, Reply::blocked)
    }
}
