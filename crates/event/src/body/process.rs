//! A program starts or ends.

use crate::{AbsPath, Rest};
use serde::{Deserialize, Serialize};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessOp {
    /// A program is started.
    Start,
    /// It ended.
    Exit,
    /// It was stopped.
    Kill,
}

/// A program starts or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// What it does.
    pub op: ProcessOp,
    /// The command line, secrets replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<String>,
    /// The program's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<AbsPath>,
    /// SHA-256 of the program's file, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable_hash: Option<String>,
    /// Exit status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// How long it ran, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Process {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: ProcessOp) -> Self {
        Self {
            op,
            argv: Vec::new(),
            executable: None,
            executable_hash: None,
            status: None,
            duration_us: None,
            rest: Rest::new(),
        }
    }
}
