//! `portcullis mcp`: MCP servers behind the gate.

mod list;
mod serve;
mod wrap;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

/// Stands between agents and MCP servers: what they offer stays what was approved, what they are asked to do is ruled about, what
/// they answer is looked into.
#[derive(Debug, Subcommand)]
pub(crate) enum Mcp {
    /// Start a server behind the gate, for the agent that starts this
    Run(serve::Serve),
    /// Have the servers that agents are configured with start behind the gate
    Wrap(wrap::Wrap),
    /// What is known of servers, and which of those configured here are not behind the gate
    List(list::List),
    /// Forget what was approved of a server, to begin anew
    Forget(list::Forget),
}

impl Mcp {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Run(serve) => serve.run(invocation),
            Self::Wrap(wrap) => wrap.run(invocation),
            Self::List(list) => list.run(invocation),
            Self::Forget(forget) => forget.run(invocation),
        }
    }
}
