//! Copilot CLI. The payload does not say which event it is about, so the hook is told when it is registered. A hook of
//! its own names (`preToolUse`) gets `camelCase`; one of Claude Code's names gets `snake_case`. Exactly one JSON object
//! may stand on standard output, and a hook that takes too long lets the call pass. What a hook says about a prompt is
//! thrown away.

use super::claude_code::decision;
use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said, Subject, ToolUse};
use serde_json::{Value, json};

pub(super) struct Copilot;

impl Protocol for Copilot {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("preToolUse", Kind::Before),
            ("PreToolUse", Kind::Before),
            ("permissionRequest", Kind::Permission),
            ("PermissionRequest", Kind::Permission),
            ("postToolUse", Kind::After),
            ("PostToolUse", Kind::After),
            ("userPromptSubmitted", Kind::Prompt),
            ("UserPromptSubmit", Kind::Prompt),
            ("sessionStart", Kind::Other),
            ("sessionEnd", Kind::Other),
            ("agentStop", Kind::Other),
            ("subagentStart", Kind::Other),
            ("subagentStop", Kind::Other),
            ("errorOccurred", Kind::Other),
        ]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        if event.starts_with(char::is_uppercase) {
            return payload.usual(event, kind);
        }
        let subject = match kind {
            Kind::Before | Kind::Permission => Subject::Use(tool_use(payload)?),
            Kind::After => {
                Subject::Result(tool_use(payload)?, payload.value(&["toolResult"]).cloned().unwrap_or_default())
            }
            Kind::Prompt => Subject::Prompt(payload.needed("prompt")?),
            Kind::Other => Subject::Nothing,
        };
        Ok(Said { session: payload.text(&["sessionId"]), model: None, cwd: payload.text(&["cwd"]), subject })
    }

    fn reply(&self, event: &str, kind: Kind, answer: &Answer) -> Reply {
        match (kind, answer) {
            (_, Answer::Abstain) | (Kind::Prompt | Kind::Other, _) | (Kind::Permission, Answer::Ask(_)) => {
                Reply::silence()
            }
            (Kind::Before, Answer::Ask(why)) => Reply::json(&permission(event, "ask", why)),
            (Kind::Before, Answer::Deny(why) | Answer::Replace(_, why)) => Reply::json(&permission(event, "deny", why)),
            (Kind::Permission, Answer::Deny(why) | Answer::Replace(_, why)) => {
                Reply::json(&json!({"behavior": "deny", "message": why}))
            }
            (Kind::After, Answer::Replace(output, _)) => Reply::json(&json!({"modifiedResult": output})),
            (Kind::After, Answer::Ask(why) | Answer::Deny(why)) => Reply::json(&json!({
                "modifiedResult": {"resultType": "success", "textResultForLlm": why},
            })),
        }
    }
}

fn permission(event: &str, word: &str, why: &str) -> Value {
    let mut answer = json!({"permissionDecision": word, "permissionDecisionReason": why});
    // Whoever registered it under Claude Code's name may read the answer in Claude Code's form.
    if event.starts_with(char::is_uppercase)
        && let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), decision(event, word, why))
    {
        answer.extend(more);
    }
    answer
}

fn tool_use(payload: &Payload<'_>) -> Result<ToolUse, Malformed> {
    Ok(ToolUse {
        name: payload.needed("toolName")?,
        server: None,
        input: payload.input("toolArgs"),
        id: payload.text(&["toolUseId", "toolCallId"]),
    })
}
