//! `portcullis trust`: whether what an agent is given can be trusted, and whether it is still what was approved.

mod compared;
mod lock;
mod read;
mod record;
mod scan;
mod verify;
mod view;

pub(crate) use verify::refuse_drift;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

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
