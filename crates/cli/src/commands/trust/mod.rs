//! `portcullis trust`: whether what an agent is given can be trusted, and whether it is still what was approved.

mod compared;
mod detonate;
mod lock;
mod read;
mod record;
mod scan;
mod telling;
mod verify;
mod view;

pub(crate) use compared::approved;
pub(crate) use verify::refuse_drift;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;
use serde::Serialize;
use std::path::Path;

/// Whether what an agent is given can be trusted: skills, plugins, MCP servers, instructions.
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Say what is wrong with skills, plugins, servers, instructions and settings of agents
    Scan(Box<scan::Scan>),
    /// Let a skill loose where nothing is real, and say what it does
    Detonate(Box<detonate::Detonate>),
    /// Approve everything that agents go by here as it is now, in portcullis.lock
    Lock(lock::Lock),
    /// Say what is no longer what was approved
    Verify(verify::Verify),
}

impl Trust {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Scan(scan) => scan.run(invocation),
            Self::Detonate(detonate) => detonate.run(invocation),
            Self::Lock(lock) => lock.run(invocation),
            Self::Verify(verify) => verify.run(invocation),
        }
    }
}

/// An MCP server that is configured for an agent.
#[derive(Debug, Serialize)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// Where.
    pub(crate) file: String,
    /// Whether it is started behind the gate.
    pub(crate) behind_the_gate: bool,
}

/// Where agents keep the servers of a user, below the home folder.
const AT_HOME: [&str; 10] = [
    ".claude.json",
    ".codex/config.toml",
    ".gemini/settings.json",
    ".cursor/mcp.json",
    ".copilot/mcp-config.json",
    ".config/opencode/opencode.json",
    ".config/goose/config.yaml",
    ".codeium/windsurf/mcp_config.json",
    ".kiro/settings/mcp.json",
    ".qwen/settings.json",
];

/// The servers that are configured below a folder and start without the gate, each with its file.
pub(crate) fn servers_without_gate(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let servers = below(root)?.into_iter().filter(|server| !server.behind_the_gate);
    Ok(servers.map(|server| (server.name, server.file)).collect())
}

/// The servers that are configured in a workspace, and for the user in every one.
pub(crate) fn servers(workspace: &Path, home: Option<&Path>) -> Result<Vec<Server>, Failure> {
    let mut all = below(workspace)?;
    let at_home = AT_HOME.iter().filter_map(|name| home.map(|home| home.join(name)));
    for file in at_home.filter(|file| file.is_file() && !file.starts_with(workspace)) {
        let shown = file.to_string_lossy().into_owned();
        all.extend(below(&file)?.into_iter().map(|server| Server { file: shown.clone(), ..server }));
    }
    Ok(all)
}

fn below(root: &Path) -> Result<Vec<Server>, Failure> {
    let lock = portcullis_trust::lock::Lock::of(&read::read(root)?.tree);
    let of = |(key, item): (portcullis_trust::lock::Key, portcullis_trust::lock::Item)| {
        let is_gate = |words: &[String]| matches!(words, [program, mcp, run, ..] if program.trim_end_matches('"').ends_with("portcullis") && mcp == "word:mcp" && run == "word:run");
        let behind_the_gate = is_gate(&item.identity);
        (key.kind == "mcp-server").then_some(Server { name: key.name, file: key.path, behind_the_gate })
    };
    Ok(lock.items.into_iter().filter_map(of).collect())
}
