//! What the ledger keeps of an event: the event, what was found in it, and what was decided.

use crate::{Coverage, Decision, Event, Finding, ParseError, Rest, canonical};
use serde::{Deserialize, Serialize};

/// One entry of the ledger. Its canonical encoding is the leaf of the Merkle tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the vocabulary, see [`crate::SCHEMA_VERSION`].
    pub v: u32,
    /// What happened.
    pub event: Event,
    /// What was found in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What was looked at, and what was not.
    #[serde(default, skip_serializing_if = "Coverage::is_complete")]
    pub coverage: Coverage,
    /// What was decided.
    pub decision: Decision,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Record {
    /// The canonical bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ParseError> {
        canonical::encode(self)
    }

    /// Reads canonical bytes, or the same JSON printed differently; see [`canonical::decode_exactly`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ParseError> {
        canonical::decode_exactly(bytes)
    }
}
