//! What a policy wants of every tool, as plain data: whoever has read the policy fills it in.

use crate::pattern::{CommandPattern, FilePattern};

/// MCP servers, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Servers {
    /// These may not be used.
    pub denied: Vec<String>,
    /// Only these may be used; `None` if others may as well, or a person is asked.
    pub only: Option<Vec<String>>,
}

/// What a policy wants of every tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files that may be neither read nor written.
    pub denied: Vec<FilePattern>,
    /// Files that may not be written.
    pub protected: Vec<FilePattern>,
    /// Commands that may not be run.
    pub denied_commands: Vec<CommandPattern>,
    /// Commands that a person is asked about first.
    pub asked_commands: Vec<CommandPattern>,
    /// Hosts that may be reached.
    pub hosts: Vec<String>,
    /// Hosts that may not be reached.
    pub denied_hosts: Vec<String>,
    /// Whether hosts that no list names are denied.
    pub only_hosts: bool,
    /// Models that may be asked, as `provider/model`; empty if all may.
    pub models: Vec<String>,
    /// MCP servers.
    pub servers: Servers,
    /// How long what is kept of conversations is kept, in days.
    pub days: Option<u64>,
    /// What is asked of whoever writes code here, one sentence each.
    pub standards: Vec<String>,
}
