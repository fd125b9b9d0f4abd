//! The policy was loaded, changed or refused.

use crate::Rest;
use serde::{Deserialize, Serialize};

/// What happened to the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyOp {
    /// It came into force.
    Loaded,
    /// Its files changed.
    Changed,
    /// It is not valid; the one before it stays, or everything is denied.
    Refused,
    /// A lower layer tried to loosen it and was not obeyed.
    Loosening,
}

/// The policy was loaded, changed or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyNotice {
    /// What happened.
    pub op: PolicyOp,
    /// The file.
    pub file: String,
    /// Hash of the policy in force, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// The line in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// More, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl PolicyNotice {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: PolicyOp, file: impl Into<String>) -> Self {
        Self { op, file: file.into(), hash: None, line: None, note: None, rest: Rest::new() }
    }
}
