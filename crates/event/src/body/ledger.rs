//! The ledger speaks of itself.

use crate::Rest;
use serde::{Deserialize, Serialize};

/// What happened to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerOp {
    /// It begins here.
    Created,
    /// Checkpoints after this one are signed by another key.
    KeyRotated,
    /// A write or sync failed and the log went on in a new segment.
    SegmentSealed,
    /// A content key was destroyed; what it sealed can't be read any more.
    ContentErased,
    /// Old records were dropped by policy; their hashes stay.
    RecordsPruned,
    /// Records from elsewhere were brought in.
    Imported,
}

/// The ledger speaks of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerNotice {
    /// What happened.
    pub op: LedgerOp,
    /// The name of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The public key in signed-note form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// First record that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// How many records are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The content key that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_key: Option<String>,
    /// The log's own signature over what the notice says. Without it, nobody acts on the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// More, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl LedgerNotice {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: LedgerOp) -> Self {
        Self {
            op,
            origin: None,
            key: None,
            first: None,
            count: None,
            content_key: None,
            signature: None,
            note: None,
            rest: Rest::new(),
        }
    }
}
