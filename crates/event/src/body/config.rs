//! A skill, MCP server, instruction file or setting is loaded or changed.

use crate::{AbsPath, Rest};
use serde::{Deserialize, Serialize};

/// What is done with a thing that steers an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigOp {
    /// The agent reads it.
    Load,
    /// It changes.
    Change,
    /// It is approved at this hash.
    Approve,
    /// It is refused.
    Block,
    /// It is no longer what was approved.
    Drift,
}

/// A skill, MCP server, instruction file or setting is loaded or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// What is done.
    pub op: ConfigOp,
    /// What it is: `skill`, `mcp-server`, `instructions`, `settings`, `model-file` …
    pub category: String,
    /// What it is called.
    pub name: String,
    /// Its file or folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AbsPath>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// SHA-256 of all of it, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Config {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: ConfigOp, category: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            op,
            category: category.into(),
            name: name.into(),
            path: None,
            source: None,
            version: None,
            hash: None,
            rest: Rest::new(),
        }
    }
}
