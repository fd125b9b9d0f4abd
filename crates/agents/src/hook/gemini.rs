//! Gemini CLI. Any status but 0 and 2 is a warning, and anything but one JSON object on standard output spoils the answer.
//! It can't ask. A reason that goes with a refused result takes the place of the result.

use super::{Answer, Kind, Protocol, Reply};
use serde_json::{Value, json};

pub(super) struct Gemini;

impl Protocol for Gemini {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("BeforeTool", Kind::Before),
            ("AfterTool", Kind::After),
            ("BeforeAgent", Kind::Prompt),
            ("AfterAgent", Kind::Other),
            ("BeforeModel", Kind::Other),
            ("AfterModel", Kind::Other),
            ("BeforeToolSelection", Kind::Other),
            ("SessionStart", Kind::Other),
            ("SessionEnd", Kind::Other),
            ("Notification", Kind::Other),
            ("PreCompress", Kind::Other),
        ]
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        let refused = |why: &str| Reply::blocked_and_said(&json!({"decision": "deny", "reason": why}), why);
        match (kind, answer) {
            (_, Answer::Abstain) | (Kind::Other, _) => Reply::silence(),
            (Kind::After, Answer::Replace(output, why)) => {
                refused(&format!("{why}\n{}", text_of(output).unwrap_or_default()))
            }
            (
                Kind::Before | Kind::Permission | Kind::After | Kind::Prompt,
                Answer::Ask(why) | Answer::Deny(why) | Answer::Replace(_, why),
            ) => refused(why),
        }
    }
}

/// The text of a result that the model would read.
fn text_of(output: &Value) -> Option<String> {
    let content = output.get("llmContent").unwrap_or(output);
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect()),
        Value::Null => None,
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => Some(content.to_string()),
    }
}
