//! Cursor. Its members are flat and in `snake_case`. A hook that is registered to fail closed has to say `allow` where
//! others say nothing. Status 2 together with JSON would show the raw JSON to the model, so it is never used. Only for
//! commands and MCP tools can a person be asked.

use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said, Subject, ToolUse};
use serde_json::{Value, json};

pub(super) struct Cursor;

impl Protocol for Cursor {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("beforeShellExecution", Kind::Before),
            ("beforeMCPExecution", Kind::Before),
            ("beforeReadFile", Kind::Before),
            ("beforeTabFileRead", Kind::Before),
            ("preToolUse", Kind::Before),
            ("subagentStart", Kind::Before),
            ("beforeSubmitPrompt", Kind::Prompt),
            ("postToolUse", Kind::After),
            ("afterShellExecution", Kind::After),
            ("afterMCPExecution", Kind::After),
            ("afterFileEdit", Kind::Other),
            ("afterTabFileEdit", Kind::Other),
            ("sessionStart", Kind::Other),
            ("sessionEnd", Kind::Other),
            ("subagentStop", Kind::Other),
            ("stop", Kind::Other),
        ]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.about(&["hook_event_name"], event)?;
        let subject = match (kind, event) {
            (Kind::Other, _) => Subject::Nothing,
            (Kind::Prompt, _) => Subject::Prompt(payload.needed("prompt")?),
            (Kind::After, _) => Subject::Result(tool_use(event, payload)?, output(payload)),
            (Kind::Before | Kind::Permission, _) => Subject::Use(tool_use(event, payload)?),
        };
        Ok(Said {
            session: payload.text(&["conversation_id", "session_id"]),
            model: payload.text(&["model"]),
            cwd: payload.text(&["cwd"]).filter(|cwd| !cwd.is_empty()).or_else(|| payload.first("workspace_roots")),
            subject,
        })
    }

    fn reply(&self, event: &str, kind: Kind, answer: &Answer) -> Reply {
        let permission = |word: &str, why: &str| {
            Reply::json(&json!({"permission": word, "user_message": why, "agent_message": why}))
        };
        let can_ask = matches!(event, "beforeShellExecution" | "beforeMCPExecution");
        match (kind, answer) {
            (Kind::Before | Kind::Permission, Answer::Abstain) => Reply::json(&json!({"permission": "allow"})),
            (Kind::Before | Kind::Permission, Answer::Ask(why)) if can_ask => permission("ask", why),
            (Kind::Before | Kind::Permission, Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why)) => {
                permission("deny", why)
            }
            (Kind::Prompt, Answer::Abstain) => Reply::json(&json!({"continue": true})),
            (Kind::Prompt, Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why)) => {
                Reply::json(&json!({"continue": false, "user_message": why}))
            }
            (Kind::After, Answer::Replace(output, _)) if event == "postToolUse" => {
                Reply::json(&json!({"updated_mcp_tool_output": output}))
            }
            (Kind::After, Answer::Ask(why) | Answer::Deny(why)) if event == "postToolUse" => {
                Reply::json(&json!({"additional_context": why}))
            }
            (Kind::After | Kind::Other, _) => Reply::silence(),
        }
    }
}

/// The tool, under the name that `preToolUse` has for it.
fn tool_use(event: &str, payload: &Payload<'_>) -> Result<ToolUse, Malformed> {
    let id = payload.text(&["tool_use_id", "generation_id"]);
    let of = |name: &str, input: Value| ToolUse { name: name.to_owned(), server: None, input, id: id.clone() };
    Ok(match event {
        "beforeShellExecution" | "afterShellExecution" => {
            of("Shell", json!({"command": payload.needed("command")?, "cwd": payload.text(&["cwd"])}))
        }
        "beforeReadFile" | "beforeTabFileRead" => of("Read", json!({"file_path": payload.needed("file_path")?})),
        "subagentStart" => of("Task", json!({"prompt": payload.text(&["task", "prompt"])})),
        "beforeMCPExecution" | "afterMCPExecution" => {
            // What starts the server stands for it: a name that a repository chose proves nothing.
            let server = payload.text(&["server_name", "server", "url", "command"]);
            ToolUse { server, ..of(&payload.needed("tool_name")?, payload.input("tool_input")) }
        }
        _ => of(&payload.needed("tool_name")?, payload.input("tool_input")),
    })
}

fn output(payload: &Payload<'_>) -> Value {
    payload.value(&["tool_output", "output", "result_json", "result"]).cloned().unwrap_or_default()
}
