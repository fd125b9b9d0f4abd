//! Where a text comes from, in words that a refusal can quote.

use crate::label::Labels;
use portcullis_event::{AbsPath, Host};
use std::fmt;

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A host, over whatever protocol.
    Host(Host),
    /// A tool of an MCP server.
    Server {
        /// The server.
        server: String,
        /// The tool.
        tool: String,
    },
    /// A file, or the files of a folder.
    File(AbsPath),
    /// A program that brings text from elsewhere, by its first words.
    Program(String),
    /// Commits of others.
    Commits,
    /// What a package tells of itself while it is installed.
    Package(String),
    /// A tool of the agent that brings text from elsewhere.
    Tool(String),
    /// Everything that the session has read: a summary, or the output of something that goes on behind.
    Session,
    /// A call that could not be told from its text.
    Untold,
    /// The result of a call that never passed here.
    Unseen,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "{host}"),
            Self::Server { server, tool } => write!(f, "`{tool}` of the MCP server {server}"),
            Self::File(path) => write!(f, "{path}"),
            Self::Program(words) => write!(f, "the output of `{words}`"),
            Self::Commits => f.write_str("commits of others"),
            Self::Package(name) => write!(f, "the package {name}"),
            Self::Tool(name) => write!(f, "the answer of the tool `{name}`"),
            Self::Session => f.write_str("a summary of what was read before"),
            Self::Untold => f.write_str("the output of a command that can't be told from its text"),
            Self::Unseen => f.write_str("the result of a call that never passed here"),
        }
    }
}

/// An origin with its labels, and the call that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What is to be known of text from there.
    pub labels: Labels,
    /// Where.
    pub origin: Origin,
    /// The number of the call, counted from 1; `None` if nobody saw one.
    pub call: Option<u64>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.origin)?;
        self.call.map_or(Ok(()), |call| write!(f, " in call {call}"))
    }
}
