//! The judgement of a tool call: of the call itself, and of each thing that it would do.

use portcullis_agents::Agent;
use portcullis_agents::hook::ToolUse;
use portcullis_event::{Body, Decision, Event, Inspected, Judge};
use portcullis_inspect::{Inspection, Kinds};
use portcullis_policy::ValidPolicy;

/// An effect holds no text that was not looked into with the call.
const NOTHING: Kinds = Kinds { secrets: false, personal_data: false, injection: false };

/// Asks policy about a tool call and about everything that it would do; the strictest answer counts.
pub(super) struct ToolJudge<'a> {
    policy: &'a ValidPolicy,
    effects: Vec<Event>,
}

impl<'a> ToolJudge<'a> {
    /// A judge of a call that is `about` this, and would do `bodies`.
    pub(super) fn new(policy: &'a ValidPolicy, bodies: Vec<Body>, about: &Event) -> Self {
        let effect = |body: Body| {
            let mut event = Event::new(about.id, about.time, about.actor.clone(), body);
            event.place = about.place.clone();
            event
        };
        Self { policy, effects: bodies.into_iter().map(effect).collect() }
    }

    /// Writes down what the call would do, where the record can be searched for it.
    pub(super) fn tell(&self, event: &mut Event) {
        let Body::Tool(tool) = &mut event.what else { return };
        for effect in &self.effects {
            if let Body::File(file) = &effect.what {
                tool.paths.push(file.path.clone());
            } else if let Body::Net(net) = &effect.what {
                tool.hosts.push(net.host.clone());
            }
        }
        tool.paths.dedup();
        tool.hosts.dedup();
    }
}

impl Judge for ToolJudge<'_> {
    fn judge(&self, inspected: &Inspected) -> Decision {
        let mut whole = self.policy.judge(inspected);
        for effect in &self.effects {
            let part = self.policy.judge(&effect.clone().inspect(&Inspection::new(NOTHING)));
            whole.verdict = whole.verdict.max(part.verdict);
            whole.reasons.extend(part.reasons);
            whole.obligations.extend(part.obligations);
        }
        whole.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
        whole.obligations.sort();
        whole.obligations.dedup();
        whole
    }
}

/// The MCP server that a tool belongs to, and its name there. Most agents put both into one name.
pub(super) fn server_and_name(agent: Agent, tool: &ToolUse) -> (Option<String>, String) {
    let both = match agent {
        Agent::Cursor => tool.name.strip_prefix("MCP:").map(|name| ("cursor", name)),
        Agent::Gemini => tool
            .name
            .strip_prefix("mcp__")
            .and_then(|name| name.split_once("__"))
            .or_else(|| tool.name.strip_prefix("mcp_").and_then(|name| name.split_once('_'))),
        Agent::Kiro => tool.name.strip_prefix('@').and_then(|name| name.split_once('/')),
        Agent::ClaudeCode
        | Agent::Codex
        | Agent::CopilotCli
        | Agent::VsCode
        | Agent::Windsurf
        | Agent::Cline
        | Agent::Goose
        | Agent::OpenCode
        | Agent::Droid
        | Agent::Devin
        | Agent::Antigravity => tool.name.strip_prefix("mcp__").and_then(|name| name.split_once("__")),
    };
    match (&tool.server, both) {
        (Some(server), Some((_, name))) => (Some(server.clone()), name.to_owned()),
        (Some(server), None) => (Some(server.clone()), tool.name.clone()),
        (None, Some((server, name))) => (Some(server.to_owned()), name.to_owned()),
        (None, None) => (None, tool.name.clone()),
    }
}
