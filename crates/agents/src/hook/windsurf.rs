//! Windsurf. It reads no JSON: status 2 and a reason on standard error stop what is about to happen, and nothing else
//! does anything.

use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said, Subject, ToolUse};
use serde_json::{Value, json};

pub(super) struct Windsurf;

impl Protocol for Windsurf {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("pre_run_command", Kind::Before),
            ("pre_read_code", Kind::Before),
            ("pre_write_code", Kind::Before),
            ("pre_mcp_tool_use", Kind::Before),
            ("pre_user_prompt", Kind::Prompt),
            ("post_mcp_tool_use", Kind::After),
            ("post_run_command", Kind::Other),
            ("post_read_code", Kind::Other),
            ("post_write_code", Kind::Other),
            ("post_cascade_response", Kind::Other),
        ]
    }

    fn read(&self, event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        payload.about(&["agent_action_name"], event)?;
        let told = if kind == Kind::Other { None } else { Some(payload.object("tool_info")?) };
        let cwd = told.as_ref().and_then(|told| told.text(&["cwd"]));
        let subject = match told {
            None => Subject::Nothing,
            Some(told) if kind == Kind::Prompt => Subject::Prompt(told.needed("user_prompt")?),
            Some(told) if kind == Kind::After => Subject::Result(
                tool_use(event, &told)?,
                told.value(&["mcp_result", "mcp_tool_result"]).cloned().unwrap_or_default(),
            ),
            Some(told) => Subject::Use(tool_use(event, &told)?),
        };
        Ok(Said { session: payload.text(&["trajectory_id"]), model: payload.text(&["model_name"]), cwd, subject })
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        match answer {
            Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why) if kind.is_before() => Reply::blocked(why),
            Answer::Abstain | Answer::Ask(_) | Answer::Deny(_) | Answer::Replace(..) => Reply::silence(),
        }
    }
}

fn tool_use(event: &str, told: &Payload<'_>) -> Result<ToolUse, Malformed> {
    let of = |name: &str, input: Value| ToolUse { name: name.to_owned(), server: None, input, id: None };
    Ok(match event {
        "pre_run_command" => {
            of("run_command", json!({"command_line": told.needed("command_line")?, "cwd": told.text(&["cwd"])}))
        }
        "pre_read_code" => of("read_code", json!({"file_path": told.needed("file_path")?})),
        "pre_write_code" => of(
            "write_code",
            json!({"file_path": told.needed("file_path")?, "edits": told.value(&["edits"]).cloned().unwrap_or_default()}),
        ),
        _ => ToolUse {
            server: told.text(&["mcp_server_name"]),
            ..of(&told.needed("mcp_tool_name")?, told.input("mcp_tool_arguments"))
        },
    })
}
