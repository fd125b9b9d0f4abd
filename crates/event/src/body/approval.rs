//! A person is asked, and answers.

use crate::{EventId, Rest, Timestamp, UserName};
use serde::{Deserialize, Serialize};

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalStep {
    /// Somebody must say yes.
    Requested,
    /// They did.
    Granted,
    /// They did not.
    Refused,
    /// Nobody answered in time.
    Expired,
    /// The approved action happened.
    Used,
    /// It was taken back.
    Revoked,
}

/// A person is asked, and answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Where it stands.
    pub step: ApprovalStep,
    /// The event that needs it.
    pub request: EventId,
    /// SHA-256 of exactly what is approved, in hex.
    pub action_hash: String,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserName>,
    /// In which role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Until when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// How long the answer took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<u64>,
    /// What they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Approval {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(step: ApprovalStep, request: EventId, action_hash: impl Into<String>) -> Self {
        Self {
            step,
            request,
            action_hash: action_hash.into(),
            by: None,
            role: None,
            expires: None,
            latency_us: None,
            note: None,
            rest: Rest::new(),
        }
    }
}
