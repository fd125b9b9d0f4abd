//! `portcullis.lock`: what of a tree an agent goes by, at the hash at which a person approved it.
//!
//! The file is TOML, sorted, one line for each file, so that a change of it can be reviewed like any other.

mod drift;
mod gather;
mod hash;
mod write;

pub use drift::{Drift, Part, drift};
pub use gather::launch;

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

/// What a lock says of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// Nothing of this name.
    Not,
    /// It is approved, when it is started in another way.
    Otherwise,
    /// It is approved as it is started, with these tools; with none, nobody has seen its tools.
    So(&'a BTreeMap<String, String>),
}

impl Item {
    /// Whether a server is started by these words, as [`launch`] writes them. An agent may start it through something else, such as a
    /// gate.
    fn is_started_as(&self, words: &[String]) -> bool {
        let identity: Vec<&String> = self.identity.iter().filter(|it| !it.starts_with("variable:")).collect();
        let end = identity.len().checked_sub(words.len()).and_then(|at| identity.get(at..));
        end.is_some_and(|end| end.iter().copied().eq(words))
    }
}

impl Lock {
    /// Somebody has seen what a server offers that is started in this way.
    pub fn saw(&mut self, name: &str, words: &[String], offers: &BTreeMap<String, String>) {
        let named = self.items.iter_mut().filter(|(key, _)| key.kind == "mcp-server" && key.name == name);
        for (_, item) in named.filter(|(_, item)| item.is_started_as(words)) {
            item.tools.clone_from(offers);
        }
    }

    /// What is known of a server of this name that is started by these words, as [`launch`] writes them.
    pub fn server(&self, name: &str, words: &[String]) -> Known<'_> {
        let named = self.items.iter().filter(|(key, _)| key.kind == "mcp-server" && key.name == name);
        let mut known = Known::Not;
        for (_, item) in named {
            if item.is_started_as(words) {
                return Known::So(&item.tools);
            }
            known = Known::Otherwise;
        }
        known
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, path, name } = self;
        let path = if path.is_empty() { "." } else { path };
        if name.is_empty() { write!(f, "{kind} {path}") } else { write!(f, "{kind} {name} in {path}") }
    }
}
