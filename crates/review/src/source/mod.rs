//! Where bytes are got from: one file for each kind of source.

pub(crate) mod history;
pub(crate) mod paths;
pub(crate) mod stdin;

use std::path::PathBuf;

/// Something to scan.
#[derive(Debug)]
pub enum Source {
    /// Files, and all that lies below folders.
    Paths(Paths),
    /// All that a git repository holds, whoever committed it and whether it is still in use.
    History(History),
    /// What is handed in.
    Stdin(Stdin),
}

/// All that a git repository holds: every version of every file, and the messages of commits and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// A folder of the repository, or one below.
    pub repository: PathBuf,
}

/// Files, and all that lies below folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Where to start. A link is followed here, and nowhere below.
    pub roots: Vec<PathBuf>,
    /// Whether ignore files are heeded. What git tracks is scanned all the same.
    pub heed_ignore_files: bool,
    /// Whether the folder `.git` is walked too.
    pub inside_git: bool,
}

/// What is handed in.
pub struct Stdin {
    /// Its name, by which rules may judge it.
    pub name: Option<String>,
    /// The bytes.
    pub bytes: Box<dyn std::io::Read + Send>,
}

impl std::fmt::Debug for Stdin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stdin").field("name", &self.name).finish_non_exhaustive()
    }
}
