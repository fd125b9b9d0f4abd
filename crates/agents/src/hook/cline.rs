//! Cline. It fails closed by itself, and wants to be told each time that it may go on. What the event is about lies in a
//! member of the event's own name.

use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said, Subject, ToolUse};
use serde_json::json;

pub(super) struct Cline;

impl Protocol for Cline {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("TaskStart", Kind::Other),
            ("TaskResume", Kind::Other),
            ("TaskCancel", Kind::Other),
            ("TaskComplete", Kind::Other),
            ("PreCompact", Kind::Other),
        ]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.about(&["hookName"], event)?;
        let subject = match kind {
            Kind::Before | Kind::Permission => Subject::Use(tool_use(&payload.object("preToolUse")?)?),
            Kind::After => {
                let told = payload.object("postToolUse")?;
                Subject::Result(tool_use(&told)?, told.value(&["result"]).cloned().unwrap_or_default())
            }
            Kind::Prompt => Subject::Prompt(payload.object("userPromptSubmit")?.needed("prompt")?),
            Kind::Other => Subject::Nothing,
        };
        Ok(Said {
            session: payload.text(&["taskId"]),
            model: payload.value(&["model"]).and_then(|it| it.get("slug")?.as_str()).map(str::to_owned),
            cwd: payload.first("workspaceRoots"),
            subject,
        })
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        match answer {
            Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why) if kind.is_before() => {
                Reply::json(&json!({"cancel": true, "errorMessage": why}))
            }
            // What was read can't be taken back; the agent is told what to think of it.
            Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why) if kind == Kind::After => {
                Reply::json(&json!({"cancel": false, "contextModification": why}))
            }
            Answer::Abstain | Answer::Ask(_) | Answer::Deny(_) | Answer::Replace(..) => {
                Reply::json(&json!({"cancel": false}))
            }
        }
    }
}

fn tool_use(told: &Payload<'_>) -> Result<ToolUse, Malformed> {
    let name = told.text(&["toolName", "tool"]).ok_or(Malformed::Field("toolName"))?;
    Ok(ToolUse { name, server: None, input: told.input("parameters"), id: None })
}
