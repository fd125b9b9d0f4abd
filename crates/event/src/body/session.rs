//! An agent's run starts, ends or is stopped.

use crate::Rest;
use serde::{Deserialize, Serialize};

/// What happens to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionOp {
    /// It starts.
    Start,
    /// It ended by itself.
    End,
    /// It is frozen.
    Suspend,
    /// It goes on.
    Resume,
    /// It was stopped.
    Halt,
    /// What it changed was undone.
    Revert,
}

/// An agent's run starts, ends or is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What happens.
    pub op: SessionOp,
    /// The agent's command line, secrets replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Its exit status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// Why it was stopped or suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long it ran, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Session {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: SessionOp) -> Self {
        Self { op, command: Vec::new(), status: None, reason: None, duration_us: None, rest: Rest::new() }
    }
}
