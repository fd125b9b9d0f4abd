//! Antigravity. An answer without a decision is refused, and there is none that says nothing: `ask` is what it would do by
//! itself. `force_ask` also asks where its user once said yes for good.

use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said, Subject, ToolUse};
use serde_json::json;

pub(super) struct Antigravity;

impl Protocol for Antigravity {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[("PreToolUse", Kind::Before), ("PostToolUse", Kind::After), ("Stop", Kind::Other)]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.about(&["hookEventName", "hook_event_name"], event)?;
        let subject = match kind {
            Kind::Before | Kind::Permission => Subject::Use(tool_use(payload)?),
            Kind::After => Subject::Result(
                tool_use(payload)?,
                payload.value(&["toolResult", "toolResponse"]).cloned().unwrap_or_default(),
            ),
            Kind::Prompt => Subject::Prompt(payload.needed("prompt")?),
            Kind::Other => Subject::Nothing,
        };
        Ok(Said {
            session: payload.text(&["conversationId", "sessionId", "session_id"]),
            model: payload.text(&["model"]),
            cwd: payload.text(&["cwd"]).or_else(|| payload.first("workspacePaths")),
            subject,
        })
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        let decided = |word: &str, why: &str| Reply::json(&json!({"decision": word, "reason": why}));
        match (kind, answer) {
            (Kind::After | Kind::Other, _) => Reply::silence(),
            (Kind::Before | Kind::Permission | Kind::Prompt, Answer::Abstain) => {
                Reply::json(&json!({"decision": "ask"}))
            }
            (Kind::Before | Kind::Permission | Kind::Prompt, Answer::Ask(why)) => decided("force_ask", why),
            (Kind::Before | Kind::Permission | Kind::Prompt, Answer::Deny(why) | Answer::Replace(_, why)) => {
                decided("deny", why)
            }
        }
    }
}

fn tool_use(payload: &Payload<'_>) -> Result<ToolUse, Malformed> {
    let told = payload.object("toolCall")?;
    Ok(ToolUse { name: told.needed("name")?, server: None, input: told.input("args"), id: told.text(&["id"]) })
}
