//! A scan or review found something.

use crate::{Finding, Rest};
use serde::{Deserialize, Serialize};

/// A finding that is an event of its own: from a scan or a review, not from something that an agent is about to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingNotice {
    /// What was found.
    pub finding: Finding,
    /// What found it, such as `scan` or `review`.
    pub by: String,
    /// The commit that brought it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}
