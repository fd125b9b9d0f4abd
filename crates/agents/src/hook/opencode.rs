//! opencode. Its hooks are functions of a plugin; ours starts this program and throws unless it ends with status 0, which
//! stops the tool. So whatever goes wrong here stops it as well.

use super::payload::Payload;
use super::{Answer, Kind, Malformed, Protocol, Reply, Said, Subject, ToolUse};

pub(super) struct OpenCode;

impl Protocol for OpenCode {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[("tool.execute.before", Kind::Before), ("tool.execute.after", Kind::After), ("chat.message", Kind::Prompt)]
    }

    fn read(&self, _event: &str, kind: Kind, payload: &Payload<'_>) -> Result<Said, Malformed> {
        let tool_use = || {
            Ok(ToolUse {
                name: payload.needed("tool")?,
                server: None,
                input: payload.input("args"),
                id: payload.text(&["callID"]),
            })
        };
        let subject = match kind {
            Kind::Before | Kind::Permission => Subject::Use(tool_use()?),
            Kind::After => Subject::Result(tool_use()?, payload.value(&["output"]).cloned().unwrap_or_default()),
            Kind::Prompt => Subject::Prompt(payload.needed("prompt")?),
            Kind::Other => Subject::Nothing,
        };
        Ok(Said {
            session: payload.text(&["sessionID"]),
            model: payload.text(&["model"]),
            cwd: payload.text(&["directory", "cwd"]),
            subject,
        })
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        Reply::unless_silent(kind, answer, Reply::blocked)
    }
}
