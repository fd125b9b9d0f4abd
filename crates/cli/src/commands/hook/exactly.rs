//! Exactly what a person approves, as one hash. Whatever could make the same words do something else is part of it: who asks, in
//! which session, the tool and all that it is given, the folder, what the call would do there, the scripts that it would run, and
//! why policy asked.

use super::judge::ToolJudge;
use crate::approvals::parts;
use portcullis_agents::Agent;
use portcullis_agents::hook::ToolUse;
use portcullis_approvals::{ActionHash, ActionHasher};
use portcullis_event::{AbsPath, Body, Event, Obligation, Reason};
use serde_json::Value;

/// The hash of a call that policy asks about.
pub(super) fn hash(
    agent: Agent,
    event: &Event,
    tool: &ToolUse,
    judge: &ToolJudge<'_>,
    (reasons, obligations): (&[Reason], &[Obligation]),
) -> Result<ActionHash, String> {
    let mut hasher = ActionHasher::new("tool");
    parts::who(&mut hasher, &event.actor);
    hasher.part("tool", &tool.name).maybe("server", tool.server.as_ref());
    hasher.part("input", parts::encoded(&input(agent, tool, judge.cwd()))?);
    if let Body::Tool(it) = &event.what {
        hasher.maybe("definition", it.definition_hash.as_ref());
    }
    hasher.part("cwd", judge.cwd().as_str());
    hasher.maybe("repository", event.place.repo.as_ref().map(AbsPath::as_str));
    hasher.maybe("environment", event.place.environment.as_ref());
    hasher.maybe("walls", event.place.sandbox.as_ref().map(|walls| walls.kind.as_str()));
    hasher.part("effects", parts::encoded(judge.effects())?);
    for (path, content) in judge.looked_into() {
        hasher.part("script", path).part("content", content);
    }
    parts::why(&mut hasher, reasons)?;
    hasher.part("obligations", parts::encoded(&obligations)?);
    Ok(hasher.finish())
}

/// What the tool is given. Cursor tells of one command by two events, which say differently where it runs; that is a part of its
/// own, so where it says nothing else it is left out here.
fn input(agent: Agent, tool: &ToolUse, cwd: &AbsPath) -> Value {
    let mut input = tool.input.clone();
    if let (Agent::Cursor, "Shell", Value::Object(members)) = (agent, tool.name.as_str(), &mut input) {
        let says_nothing = |value: &Value| value.is_null() || value.as_str() == Some(cwd.as_str());
        members.retain(|name, value| !(matches!(name.as_str(), "cwd" | "working_directory") && says_nothing(value)));
    }
    input
}
