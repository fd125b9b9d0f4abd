//! Claude Code. Any status but 2 lets a call pass, and so does JSON that is not what it expects; where both ways of
//! saying no exist, both are taken. A request for permission reads JSON only.

use super::{Answer, Kind, Protocol, Reply};
use serde_json::{Value, json};

pub(super) struct ClaudeCode;

impl Protocol for ClaudeCode {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PermissionRequest", Kind::Permission),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("PostToolUseFailure", Kind::Other),
            ("SessionStart", Kind::Other),
            ("SessionEnd", Kind::Other),
            ("Stop", Kind::Other),
            ("SubagentStart", Kind::Other),
            ("SubagentStop", Kind::Other),
            ("ConfigChange", Kind::Other),
        ]
    }

    fn reply(&self, event: &str, kind: Kind, answer: &Answer) -> Reply {
        match (kind, answer) {
            (_, Answer::Abstain) | (Kind::Other, _) | (Kind::Permission, Answer::Ask(_)) => Reply::silence(),
            (Kind::Before, Answer::Ask(why)) => Reply::json(&decision(event, "ask", why)),
            (Kind::Before, Answer::Deny(why) | Answer::Replace(_, why)) => {
                Reply::blocked_and_said(&decision(event, "deny", why), why)
            }
            (Kind::Permission, Answer::Deny(why) | Answer::Replace(_, why)) => Reply::json(&refusal(event, why)),
            (Kind::After, Answer::Replace(output, why)) => Reply::json(&json!({
                "decision": "block", "reason": why,
                "hookSpecificOutput": {"hookEventName": event, "updatedToolOutput": output},
            })),
            (Kind::Prompt | Kind::After, Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why)) => {
                Reply::blocked_and_said(&block(why), why)
            }
        }
    }
}

/// What to do with a tool that is about to be used.
pub(super) fn decision(event: &str, word: &str, why: &str) -> Value {
    json!({"hookSpecificOutput": {
        "hookEventName": event, "permissionDecision": word, "permissionDecisionReason": why,
    }})
}

/// The answer to a request for permission.
pub(super) fn refusal(event: &str, why: &str) -> Value {
    json!({"hookSpecificOutput": {"hookEventName": event, "decision": {"behavior": "deny", "message": why}}})
}

/// What stops a prompt, and tells the agent what is wrong with a result.
pub(super) fn block(why: &str) -> Value {
    json!({"decision": "block", "reason": why})
}
