//! The judgement of a tool call: of the call itself, and of each thing that it would do.

use crate::effects::{Judgement, MachineWorld, ask, judge};
use portcullis_agents::Agent;
use portcullis_agents::hook::{Call, ToolUse};
use portcullis_effects::{Agent as ToolsOf, Effects, ToolCall, What, bodies};
use portcullis_event::{
    AbsPath, Body, Decision, Event, FileOp, Hazard, Inspected, Judge, Reason, Tool, ToolName, ToolOp, Verdict,
};
use portcullis_policy::ValidPolicy;
use std::collections::BTreeMap;
use std::path::Path;

/// Asks policy about a tool call; the strictest of its answer and those to everything that the call would do counts.
pub(crate) struct ToolJudge<'a> {
    policy: &'a ValidPolicy,
    told: Effects,
    cwd: AbsPath,
    /// The scripts that it would run, by what is in them.
    looked_into: BTreeMap<String, [u8; 32]>,
    /// The answer to all of that, and to the call as other readings of the tool's name have it.
    more: Decision,
}

impl<'a> ToolJudge<'a> {
    /// A judge of a call that is `about` this.
    pub(crate) fn new(
        policy: &'a ValidPolicy,
        call: &Call,
        tool: &ToolUse,
        (about, home, state): (&Event, AbsPath, &Path),
    ) -> Result<Self, String> {
        // Where the agent works is where a path of its begins that has no beginning of its own.
        let cwd = call.cwd.as_deref().and_then(|it| AbsPath::parse(it).ok()).or_else(|| about.place.cwd.clone());
        let cwd = cwd.ok_or("nobody says which folder it is about")?;
        let world = MachineWorld::new(cwd.clone(), home, about.place.repo.clone());
        let name = full_name(call.agent, tool);
        let of = ToolCall { agent: Some(ToolsOf(call.agent.name())), name: &name, input: &tool.input };
        let told = portcullis_effects::of_tool(&of, &world);
        let Judgement { decision: mut more, .. } = judge(policy, &told, &about.actor, &about.place);
        let is_known = !told.list.iter().any(|effect| matches!(effect.what, What::Tool { .. }));
        more.reasons.extend(against_ourselves(policy, &told, state));
        for (server, name) in readings(call.agent, tool, is_known) {
            let Ok(name) = ToolName::parse(name) else { continue };
            let body = Tool { server: Some(server), ..Tool::new(ToolOp::Call, name) };
            more.reasons.extend(ask(policy, body, &about.actor, &about.place).reasons);
        }
        Ok(Self { policy, told, cwd, looked_into: world.looked_into(), more })
    }

    /// What the call would do.
    pub(crate) fn effects(&self) -> &Effects {
        &self.told
    }

    /// The folder that it begins in.
    pub(super) fn cwd(&self) -> &AbsPath {
        &self.cwd
    }

    /// The scripts that it would run, each with the SHA-256 of what is in it.
    pub(super) fn looked_into(&self) -> &BTreeMap<String, [u8; 32]> {
        &self.looked_into
    }

    /// Writes down what the call would do, where the record can be searched for it.
    pub(crate) fn tell(&self, event: &mut Event) {
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
        // The road makes the strictest of all reasons the verdict.
        whole.reasons.extend(self.more.reasons.iter().cloned());
        whole.obligations.extend(self.more.obligations.iter().cloned());
        whole.obligations.sort();
        whole.obligations.dedup();
        whole
    }
}

/// Why a call is denied that gets at what Portcullis keeps for itself, if it does: whoever has the keys can write a record that was
/// never made and a yes that nobody said. No policy opens that to an agent.
fn against_ourselves(policy: &ValidPolicy, told: &Effects, state: &Path) -> Option<Reason> {
    let is_ours = |path: &AbsPath| Path::new(path.as_str()).starts_with(state);
    let holds_ours = |path: &AbsPath| state.starts_with(path.as_str());
    let touched = told.list.iter().find_map(|effect| match &effect.what {
        What::Read { file } | What::List { file } | What::Write { file } | What::Mode { file } => {
            Some(&file.path).filter(|path| is_ours(path))
        }
        What::Delete { file, .. } => Some(&file.path).filter(|path| is_ours(path) || holds_ours(path)),
        What::Tool { paths, .. } => paths.iter().find(|path| is_ours(path)),
        What::Execute { .. }
        | What::Network { .. }
        | What::Git { .. }
        | What::Credential { .. }
        | What::Environment { .. }
        | What::Package { .. }
        | What::Danger { .. } => None,
    })?;
    let what = format!("{touched} is where Portcullis keeps its records, keys and approvals");
    Some(Reason { verdict: Verdict::Deny, ..policy.hazard_reason(Hazard::GuardTampering, &what) })
}

/// Every server and tool that a name may stand for, where it does not say where the one ends and the other begins. A server
/// that calls itself by the beginning of another's name must not be taken for that one.
fn readings(agent: Agent, tool: &ToolUse, is_known: bool) -> Vec<(String, String)> {
    let (name, separator) = match (agent, tool.name.strip_prefix("mcp__")) {
        (_, Some(name)) => (name, "__"),
        (Agent::Gemini, None) => match tool.name.strip_prefix("mcp_") {
            Some(name) if tool.server.is_none() => (name, "_"),
            Some(_) | None => return Vec::new(),
        },
        // A tool of the agent's own has no server, whatever its name looks like.
        (_, None) if is_known => return Vec::new(),
        (Agent::Goose, None) => (tool.name.as_str(), "__"),
        (Agent::OpenCode, None) => (tool.name.as_str(), "_"),
        (Agent::CopilotCli, None) => (tool.name.as_str(), "-"),
        (_, None) => return Vec::new(),
    };
    let split = |(at, _): (usize, &str)| {
        let (server, rest) = name.split_at_checked(at)?;
        Some((server.to_owned(), rest.strip_prefix(separator)?.to_owned()))
    };
    name.match_indices(separator)
        .filter_map(split)
        .filter(|(server, name)| !server.is_empty() && !name.is_empty())
        .collect()
}

/// A tool by the name that says which server it belongs to, whatever the agent calls it.
fn full_name(agent: Agent, tool: &ToolUse) -> String {
    match server_and_name(agent, tool) {
        (Some(server), name) => format!("mcp__{server}__{name}"),
        (None, name) => name,
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
