//! A file is read, written or removed.

use crate::{AbsPath, Rest};
use serde::{Deserialize, Serialize};

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileOp {
    /// Its contents are read.
    Read,
    /// A folder is listed.
    List,
    /// It is created or its contents change.
    Write,
    /// It is removed.
    Delete,
    /// It gets another name.
    Rename,
    /// A link to it is made.
    Link,
    /// Its permissions change.
    Mode,
}

/// A file is read, written or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What is done.
    pub op: FileOp,
    /// The file.
    pub path: AbsPath,
    /// The other name, for a rename or a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AbsPath>,
    /// SHA-256 before, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// SHA-256 after, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many bytes were read or written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl File {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: FileOp, path: AbsPath) -> Self {
        Self { op, path, to: None, before: None, after: None, bytes: None, rest: Rest::new() }
    }
}
