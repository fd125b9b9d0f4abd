//! An agent calls a tool.

use crate::{AbsPath, Host, Rest, ToolName};
use serde::{Deserialize, Serialize};

/// What happens to a tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolOp {
    /// The agent asks for it.
    Call,
    /// It answered.
    Result,
    /// The agent asks which tools there are.
    List,
}

/// An agent calls a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// What happens.
    pub op: ToolOp,
    /// The tool.
    pub name: ToolName,
    /// The agent's id for this call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The MCP server that offers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// SHA-256 of the tool's description and schema, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition_hash: Option<String>,
    /// Keyed fingerprint of the arguments, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments_hash: Option<String>,
    /// Files that the arguments name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<AbsPath>,
    /// Hosts that the arguments name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Host>,
    /// Whether it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<bool>,
    /// How long it took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Tool {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: ToolOp, name: ToolName) -> Self {
        Self {
            op,
            name,
            call: None,
            server: None,
            definition_hash: None,
            arguments_hash: None,
            paths: Vec::new(),
            hosts: Vec::new(),
            failed: None,
            duration_us: None,
            rest: Rest::new(),
        }
    }
}
