//! How to scan.

use crate::IdentityKey;
use crate::suppress::Suppressions;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// How to scan.
#[derive(Debug)]
pub struct Settings {
    /// How many threads work.
    pub threads: NonZeroUsize,
    /// What is too large.
    pub limits: Limits,
    /// The key under which findings are named.
    pub identity: IdentityKey,
    /// What need not be dealt with.
    pub suppressions: Suppressions,
    /// The folder in which it is kept what was clean in histories; none if nothing is kept.
    pub cache: Option<PathBuf>,
    /// Whether places bring an excerpt of the line that they are on. Only what was looked for is masked in it.
    pub excerpts: bool,
    /// Whose machine it is.
    pub surroundings: Surroundings,
}

/// What is too large to be looked into. It is reported, never passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes. Memory does not depend on it: a large file is read in windows.
    pub file: u64,
    /// The largest object of a git repository that is put together from changes, in bytes; it is held in memory.
    pub object: u64,
    /// How many places of one finding are listed.
    pub places: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 8 << 30, object: 512 << 20, places: 1000 }
    }
}

/// Where the user's own files lie. Handed in, so that a test never sees the settings of whoever runs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`, if it is set.
    pub config: Option<PathBuf>,
    /// `$XDG_DATA_HOME`, if it is set.
    pub data: Option<PathBuf>,
}
