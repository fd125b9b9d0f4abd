//! How much something matters, and how private it is.

use crate::Rest;
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing to do.
    #[default]
    Info,
    /// Look at it some day.
    Low,
    /// Look at it this week.
    Medium,
    /// Look at it today.
    High,
    /// Look at it now.
    Critical,
}

/// How private data is. Ordered: a higher class may never go where only a lower one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    /// Anyone may read it.
    Public,
    /// Anyone inside the organisation may read it.
    Internal,
    /// Only those who need it may read it.
    Confidential,
    /// Its loss would do serious harm; law or contract may protect it.
    Restricted,
}

/// The labels of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// How bad it is.
    #[serde(default)]
    pub severity: Severity,
    /// The highest class of the data that is touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataClass>,
    /// Techniques of MITRE ATT&CK or ATLAS, such as `T1552`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}
