//! Where bytes are got from: one file for each kind of source.

pub(crate) mod change;
pub(crate) mod environment;
mod files;
pub(crate) mod given;
pub(crate) mod history;
pub(crate) mod paths;
pub(crate) mod shell;
pub(crate) mod stdin;
pub(crate) mod transcript;

use std::path::PathBuf;

/// Something to scan.
#[derive(Debug)]
pub enum Source {
    /// Files, and all that lies below folders.
    Paths(Paths),
    /// All that a git repository holds, whoever committed it and whether it is still in use.
    History(History),
    /// What some commits bring.
    Range(Range),
    /// What the next commit will bring.
    Staged(Staged),
    /// What is about to be pushed.
    Push(Push),
    /// The message of a commit that is about to be made.
    Message(Message),
    /// What coding agents keep of the user's sessions.
    Transcripts(Transcripts),
    /// What the user typed into shells and programs.
    ShellHistory,
    /// The environment of a process.
    Environment(Environment),
    /// What is handed in.
    Stdin(Stdin),
    /// What somebody else found in texts.
    Given(Vec<Given>),
}

/// A text in which somebody else has found something: it is placed, shown and suppressed like all that is found here.
#[derive(Debug)]
pub struct Given {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub text: Vec<u8>,
    /// What was found in it.
    pub hits: Vec<portcullis_inspect::Hit>,
}

/// What coding agents keep of the user's sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcripts {
    /// One agent only, by its name.
    pub agent: Option<String>,
}

/// The environment of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Of this one.
    Own,
    /// Of another one, by its number.
    Of(u32),
}

/// What some commits bring: each version of a file that they make, and their messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// A folder of the repository, or one below.
    pub repository: PathBuf,
    /// Which commits.
    pub commits: Commits,
}

/// Which commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commits {
    /// `A..B`: those that B has and A does not have. One name alone stands for that commit and all before it.
    Between(String),
    /// Those that `HEAD` has and this commit does not have.
    Since(String),
    /// Those that `HEAD` has and the branch that it follows does not have; if it follows none, no branch of a remote.
    NotUpstream,
}

/// What the next commit will bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// A folder of the working tree.
    pub repository: PathBuf,
}

/// What is about to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// A folder of the repository.
    pub repository: PathBuf,
    /// The name of the remote.
    pub remote: String,
    /// What git hands to the hook `pre-push`: for each reference its name and object here, and its name and object there.
    pub updates: Vec<u8>,
}

/// The message of a commit that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The file that git hands to the hook `commit-msg`.
    pub file: PathBuf,
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
