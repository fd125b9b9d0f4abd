//! `portcullis trust`: whether what an agent is given can be trusted, and whether it is still what was approved.

mod compared;
mod lock;
mod read;
mod record;
mod scan;
mod verify;
mod view;

pub(crate) use compared::approved;
pub(crate) use verify::refuse_drift;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;
use std::path::Path;

/// Whether what an agent is given can be trusted: skills, plugins, MCP servers, instructions.
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Say what is wrong with skills, plugins, servers, instructions and settings of agents
    Scan(Box<scan::Scan>),
    /// Approve everything that agents go by here as it is now, in portcullis.lock
    Lock(lock::Lock),
    /// Say what is no longer what was approved
    Verify(verify::Verify),
}

impl Trust {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Scan(scan) => scan.run(invocation),
            Self::Lock(lock) => lock.run(invocation),
            Self::Verify(verify) => verify.run(invocation),
        }
    }
}

/// The servers that are configured below a folder and start without the gate, each with its file.
pub(crate) fn servers_without_gate(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let lock = portcullis_trust::lock::Lock::of(&read::read(root)?.tree);
    let of = |(key, item): (portcullis_trust::lock::Key, portcullis_trust::lock::Item)| {
        let is_gate = |words: &[String]| matches!(words, [program, mcp, run, ..] if program.trim_end_matches('"').ends_with("portcullis") && mcp == "word:mcp" && run == "word:run");
        (key.kind == "mcp-server" && !is_gate(&item.identity)).then_some((key.name, key.path))
    };
    Ok(lock.items.into_iter().filter_map(of).collect())
}
