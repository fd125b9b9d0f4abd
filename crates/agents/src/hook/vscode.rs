//! The agent of Visual Studio Code: Claude Code's form, with some members in `camelCase`. What a registration says of
//! tools is ignored, so the hook sees them all.

use super::claude_code::ClaudeCode;
use super::{Answer, Kind, Protocol, Reply};

pub(super) struct VsCode;

impl Protocol for VsCode {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("SessionStart", Kind::Other),
            ("PreCompact", Kind::Other),
            ("SubagentStart", Kind::Other),
            ("SubagentStop", Kind::Other),
            ("Stop", Kind::Other),
        ]
    }

    fn reply(&self, event: &str, kind: Kind, answer: &Answer) -> Reply {
        match (kind, answer) {
            // It knows no way to put something else in the place of a result.
            (Kind::After, Answer::Replace(_, why)) => ClaudeCode.reply(event, kind, &Answer::Deny(why.clone())),
            (Kind::Before | Kind::Permission | Kind::After | Kind::Prompt | Kind::Other, _) => {
                ClaudeCode.reply(event, kind, answer)
            }
        }
    }
}
