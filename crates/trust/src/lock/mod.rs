//! `portcullis.lock`: what of a tree an agent goes by, at the hash at which a person approved it.
//!
//! The file is TOML, sorted, one line for each file, so that a change of it can be reviewed like any other.

mod drift;
mod gather;
mod hash;
mod write;

pub use drift::{Drift, Part, drift};

use serde::Deserialize;
use std::collections::BTreeMap;

/// The name of the file.
pub const NAME: &str = "portcullis.lock";

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// What was approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// By what they are and where they lie.
    pub items: BTreeMap<Key, Item>,
}

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Such as `skill`, `mcp-server`, `instructions`.
    pub kind: String,
    /// The file or folder; empty for the top.
    pub path: String,
    /// What it is called there; empty if the path says it.
    pub name: String,
}

/// At which state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// SHA-256 of all of it.
    pub hash: String,
    /// For a folder: each file in it, with its hash, and whether it may be run; each link, with what it says.
    pub files: BTreeMap<String, String>,
    /// For a server: how it is started or reached, and the names of the variables that it gets.
    pub identity: Vec<String>,
    /// For a server: the hash of each tool's schema, once somebody has seen the tools.
    pub tools: BTreeMap<String, String>,
}

/// Why a lock can't be read. Then nothing is approved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// It is not what is written here.
    #[error("the lock can't be read: {0}")]
    Form(String),
    /// It is of another version.
    #[error("the lock is of version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// Something stands in it twice.
    #[error("the lock holds {0} twice")]
    Twice(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(default, rename = "item")]
    items: Vec<WrittenItem>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenItem {
    kind: String,
    path: String,
    #[serde(default)]
    name: String,
    hash: String,
    #[serde(default)]
    identity: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    tools: BTreeMap<String, String>,
}

impl Lock {
    /// Reads a lock.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let written: Written = toml::from_str(text).map_err(|error| LockError::Form(error.message().to_owned()))?;
        if written.version != VERSION {
            return Err(LockError::Version(written.version));
        }
        let mut items = BTreeMap::new();
        for WrittenItem { kind, path, name, hash, identity, files, tools } in written.items {
            let key = Key { kind, path, name };
            let shown = key.to_string();
            if items.insert(key, Item { hash, files, identity, tools }).is_some() {
                return Err(LockError::Twice(shown));
            }
        }
        Ok(Self { items })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, path, name } = self;
        let path = if path.is_empty() { "." } else { path };
        if name.is_empty() { write!(f, "{kind} {path}") } else { write!(f, "{kind} {name} in {path}") }
    }
}
