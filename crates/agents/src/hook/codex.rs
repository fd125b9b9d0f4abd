//! Codex CLI. It throws away an answer with a key or a word that it does not expect and goes on: `ask` is such a word, so
//! asking is denying here. Status 2 counts only with a reason on standard error.

use super::claude_code::{block, decision, refusal};
use super::{Answer, Kind, Protocol, Reply};

pub(super) struct Codex;

impl Protocol for Codex {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PermissionRequest", Kind::Permission),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("SessionStart", Kind::Other),
            ("SessionEnd", Kind::Other),
            ("PreCompact", Kind::Other),
            ("PostCompact", Kind::Other),
            ("SubagentStart", Kind::Other),
            ("SubagentStop", Kind::Other),
            ("Stop", Kind::Other),
            ("Interrupt", Kind::Other),
        ]
    }

    fn reply(&self, event: &str, kind: Kind, answer: &Answer) -> Reply {
        let (Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why)) = answer else { return Reply::silence() };
        match kind {
            Kind::Before => Reply::blocked_and_said(&decision(event, "deny", why), why),
            // It asks its user next, which is what was wanted.
            Kind::Permission if matches!(answer, Answer::Ask(_)) => Reply::silence(),
            Kind::Permission => Reply::json(&refusal(event, why)),
            Kind::After | Kind::Prompt => Reply::blocked_and_said(&block(why), why),
            Kind::Other => Reply::silence(),
        }
    }
}
