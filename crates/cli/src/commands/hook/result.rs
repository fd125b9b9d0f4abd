//! What came of a tool: the agent is about to read it, so it is looked at before.
//!
//! A secret in it is replaced, and text that steers the agent is withheld, where the agent lets its hook put something in
//! the place of a result; where it does not, the agent is told not to follow what it read.

use super::clean::Clean;
use super::private::Placed;
use super::{Road, reasons};
use portcullis_agents::hook::{Answer, Call, ToolUse};
use portcullis_event::{Enforcement, ToolOp};
use serde_json::Value;

/// Says what is to become of a result.
pub(super) fn judge(road: &Road<'_>, call: &Call, tool: &ToolUse, output: &Value) -> Result<Answer, String> {
    let mut event = road.event(Some(call), road.tool(ToolOp::Result, tool)?)?;
    let placed = Placed::add(&mut event, "result", output);
    let recorded = road.pass(event);
    let record = recorded.record();
    let mut clean = Clean::of(&record.event, &record.findings);
    let enforcement = recorded.enforce();
    let is_stopped = !reasons(&enforcement).is_empty() || matches!(enforcement, Enforcement::Deny(_));
    let mut changed = output.clone();
    let many = clean.put(&mut changed, &placed, is_stopped);
    Ok(match (many, is_stopped) {
        // What was found where nothing can be put in its place: in the name of a member, or behind very much text.
        _ if clean.is_left(is_stopped, many) => {
            Answer::Replace(Value::from(WITHHELD), withheld("it holds what must not be handed on"))
        }
        (0, false) => Answer::Abstain,
        (0, true) => Answer::Deny(clean.steered()),
        (_, true) => Answer::Replace(changed, clean.steered()),
        (_, false) => Answer::Replace(
            changed,
            "Portcullis: secrets in this result were replaced; `redacted-…` stands in their place.".to_owned(),
        ),
    })
}

/// What stands in the place of a result that nobody may read.
pub(super) const WITHHELD: &str = "[withheld by Portcullis]";

/// Why all of a result is withheld.
pub(super) fn withheld(why: &str) -> String {
    format!("Portcullis: this result was withheld: {why}")
}
