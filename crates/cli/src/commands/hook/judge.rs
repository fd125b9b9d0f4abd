//! The judgement of a tool call: of the call itself, and of each thing that it would do.

use crate::effects::{Judgement, MachineWorld, judge};
use portcullis_agents::Agent;
use portcullis_agents::hook::{Call, ToolUse};
use portcullis_effects::{Agent as ToolsOf, Effects, ToolCall, bodies};
use portcullis_event::{AbsPath, Body, Decision, Event, FileOp, Inspected, Judge};
use portcullis_policy::ValidPolicy;

/// Asks policy about a tool call; the strictest of its answer and those to everything that the call would do counts.
pub(super) struct ToolJudge<'a> {
    policy: &'a ValidPolicy,
    told: Effects,
    effects: Decision,
}

impl<'a> ToolJudge<'a> {
    /// A judge of a call that is `about` this.
    pub(super) fn new(
        policy: &'a ValidPolicy,
        call: &Call,
        tool: &ToolUse,
        (about, home): (&Event, AbsPath),
    ) -> Result<Self, String> {
        // Where the agent works is where a path of its begins that has no beginning of its own.
        let cwd = call.cwd.as_deref().and_then(|it| AbsPath::parse(it).ok()).or_else(|| about.place.cwd.clone());
        let cwd = cwd.ok_or("nobody says which folder it is about")?;
        let world = MachineWorld::new(cwd, home, about.place.repo.clone());
        let name = full_name(call.agent, tool);
        let of = ToolCall { agent: Some(ToolsOf(tools_of(call.agent))), name: &name, input: &tool.input };
        let told = portcullis_effects::of_tool(&of, &world);
        let Judgement { decision, .. } = judge(policy, &told, &about.actor, &about.place);
        Ok(Self { policy, told, effects: decision })
    }

    /// Writes down what the call would do, where the record can be searched for it.
    pub(super) fn tell(&self, event: &mut Event) {
        let Body::Tool(tool) = &mut event.what else { return };
        for body in self.told.list.iter().flat_map(bodies) {
            // Names in a folder are no contents, and are judged as names.
            if let Body::File(file) = &body
                && file.op == FileOp::List
            {
                continue;
            }
            if let Body::File(file) = body {
                tool.paths.push(file.path);
            } else if let Body::Net(net) = body {
                tool.hosts.push(net.host);
            }
        }
        tool.paths.sort();
        tool.paths.dedup();
        tool.hosts.sort();
        tool.hosts.dedup();
    }
}

impl Judge for ToolJudge<'_> {
    fn judge(&self, inspected: &Inspected) -> Decision {
        let mut whole = self.policy.judge(inspected);
        whole.verdict = whole.verdict.max(self.effects.verdict);
        whole.reasons.extend(self.effects.reasons.iter().cloned());
        whole.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
        whole.obligations.extend(self.effects.obligations.iter().cloned());
        whole.obligations.sort();
        whole.obligations.dedup();
        whole
    }
}

/// A tool by the name that says which server it belongs to, whatever the agent calls it.
fn full_name(agent: Agent, tool: &ToolUse) -> String {
    match server_and_name(agent, tool) {
        (Some(server), name) => format!("mcp__{server}__{name}"),
        (None, name) => name,
    }
}

/// The table of tools that an agent's are in.
const fn tools_of(agent: Agent) -> &'static str {
    match agent {
        Agent::CopilotCli | Agent::VsCode => "copilot",
        Agent::Gemini => "gemini",
        Agent::ClaudeCode
        | Agent::Codex
        | Agent::Cursor
        | Agent::Windsurf
        | Agent::Cline
        | Agent::Kiro
        | Agent::Goose
        | Agent::OpenCode
        | Agent::Droid
        | Agent::Devin
        | Agent::Antigravity => agent.name(),
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
