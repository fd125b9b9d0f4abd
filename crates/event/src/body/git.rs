//! A repository is read or changed.

use crate::{AbsPath, Host, Rest};
use serde::{Deserialize, Serialize};

/// What is done to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GitOp {
    /// It is looked at.
    Read,
    /// A commit is made.
    Commit,
    /// A branch or tag is made, moved or removed.
    Branch,
    /// Commits are sent elsewhere.
    Push,
    /// Commits are brought here.
    Fetch,
    /// History is changed.
    Rewrite,
    /// Its settings or hooks change.
    Configure,
}

/// A repository is read or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Git {
    /// What is done.
    pub op: GitOp,
    /// The remote's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The remote's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// References that change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// Commits that are made or sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Files that change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<AbsPath>,
    /// Lines that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_added: Option<u64>,
    /// Lines that went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_removed: Option<u64>,
    /// Whether history on the other side is overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force: Option<bool>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Git {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: GitOp) -> Self {
        Self {
            op,
            remote: None,
            host: None,
            refs: Vec::new(),
            commits: Vec::new(),
            paths: Vec::new(),
            lines_added: None,
            lines_removed: None,
            force: None,
            rest: Rest::new(),
        }
    }
}
