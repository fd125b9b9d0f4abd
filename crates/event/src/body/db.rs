//! A database is asked.

use crate::{Host, Rest};
use serde::{Deserialize, Serialize};

/// What is asked of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DbOp {
    /// A session is opened.
    Connect,
    /// Rows are read.
    Read,
    /// Rows are changed.
    Write,
    /// The schema is changed.
    Define,
    /// Anything else: settings, roles, maintenance.
    Admin,
}

/// A database is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Db {
    /// What is asked.
    pub op: DbOp,
    /// Such as `postgresql`.
    pub system: String,
    /// The server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// The database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Tables that are touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// The statement with its literals taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Rows read or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Bytes that came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Db {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: DbOp, system: impl Into<String>) -> Self {
        Self {
            op,
            system: system.into(),
            host: None,
            database: None,
            tables: Vec::new(),
            statement: None,
            rows: None,
            bytes: None,
            rest: Rest::new(),
        }
    }
}
