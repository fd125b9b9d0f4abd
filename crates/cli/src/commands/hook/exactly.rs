//! Exactly what a person approves, as one hash. Whatever could make the same words do something else is part of it: who asks, in
//! which session, the tool and all that it is given, the folder, what the call would do there, the scripts that it would run, and
//! why policy asked.

use super::judge::ToolJudge;
use portcullis_agents::Agent;
use portcullis_agents::hook::ToolUse;
use portcullis_approvals::{ActionHash, ActionHasher};
use portcullis_event::{AbsPath, Body, Event, Obligation, Reason, canonical};
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
    who(&mut hasher, event);
    hasher.part("tool", &tool.name).maybe("server", tool.server.as_ref());
    hasher.part("input", encoded(&input(agent, tool, judge.cwd()))?);
    if let Body::Tool(it) = &event.what {
        hasher.maybe("definition", it.definition_hash.as_ref());
    }
    hasher.part("cwd", judge.cwd().as_str());
    hasher.maybe("repository", event.place.repo.as_ref().map(AbsPath::as_str));
    hasher.maybe("environment", event.place.environment.as_ref());
    hasher.maybe("walls", event.place.sandbox.as_ref().map(|walls| walls.kind.as_str()));
    hasher.part("effects", encoded(judge.effects())?);
    for (path, content) in judge.looked_into() {
        hasher.part("script", path).part("content", content);
    }
    for reason in reasons {
        hasher.part("reason", encoded(&(&reason.check, reason.verdict, &reason.message))?);
    }
    hasher.part("obligations", encoded(&obligations)?);
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

/// The person, and every agent in between, each in its session.
fn who(hasher: &mut ActionHasher, event: &Event) {
    hasher.maybe("user", event.actor.human.as_ref().map(portcullis_event::UserName::as_str));
    for agent in &event.actor.agents {
        hasher.part("agent", agent.name.as_str());
        hasher.maybe("session", agent.session.as_ref().map(portcullis_event::SessionId::as_str));
    }
}

fn encoded(value: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    canonical::encode(value).map_err(|error| format!("it can't be written down exactly: {error}"))
}
