//! Where bytes came from.

use crate::git::{Kind, ObjectId};
use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where bytes came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file.
    File {
        /// Its path, as it was reached.
        path: PathBuf,
    },
    /// An object of a git repository.
    Object {
        /// The working tree, or the repository's folder if it has none.
        repository: Arc<Path>,
        /// How it came there.
        whence: Whence,
        /// What kind of object it is.
        kind: Kind,
        /// Its name.
        id: ObjectId,
    },
    /// A file as the next commit will hold it.
    Staged {
        /// The working tree.
        repository: Arc<Path>,
        /// The path of the file in it.
        path: PathBuf,
    },
    /// A turn of a session with a coding agent.
    Turn {
        /// The file that holds the session.
        path: PathBuf,
        /// The agent.
        agent: String,
        /// The session, as the agent names it.
        session: String,
        /// Which turn, from 1.
        turn: u64,
        /// Who speaks, as the agent names it.
        role: String,
    },
    /// A variable of an environment.
    Variable {
        /// The process; this one if it is none.
        process: Option<u32>,
        /// The name.
        name: String,
    },
    /// What was handed in.
    Stdin {
        /// The name that the caller gave it.
        name: Option<String>,
    },
}

/// How an object came into a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whence {
    /// By a commit: the oldest one that has it.
    Commit(Arc<Introduced>),
    /// No commit that a reference leads to has it. It was rewritten away, or never committed, but it is still there.
    Nowhere,
    /// Nobody has looked.
    Unknown,
}

/// The oldest commit that has an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Introduced {
    /// When it was written, in seconds since 1970.
    pub time: i64,
    /// The commit.
    pub commit: ObjectId,
    /// The path of the file there. None for the message of a commit or tag.
    pub path: Option<PathBuf>,
    /// Name and address of the author, as they were written.
    pub author: String,
    /// Whether the commit that is checked out still has it.
    pub in_head: bool,
}

impl Origin {
    /// The path of the file that the bytes are, or once were, part of.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File { path } | Self::Turn { path, .. } => Some(path.clone()),
            Self::Staged { repository, path } => Some(repository.join(path)),
            Self::Object { repository, whence: Whence::Commit(commit), .. } => {
                commit.path.as_ref().map(|path| repository.join(path))
            }
            Self::Stdin { .. }
            | Self::Variable { .. }
            | Self::Object { whence: Whence::Nowhere | Whence::Unknown, .. } => None,
        }
    }

    /// The path of the file from its repository, or from that of `roots` under which it lies; none if it lies under none, or
    /// the bytes are not those of a file.
    pub(crate) fn inside(&self, roots: &[PathBuf]) -> Option<PathBuf> {
        match self {
            Self::File { path } => {
                let below = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
                below.min_by_key(|below| below.as_os_str().len()).map(Path::to_owned)
            }
            Self::Staged { path, .. } => Some(path.clone()),
            Self::Object { whence: Whence::Commit(commit), .. } => commit.path.clone(),
            Self::Object { whence: Whence::Nowhere | Whence::Unknown, .. }
            | Self::Turn { .. }
            | Self::Variable { .. }
            | Self::Stdin { .. } => None,
        }
    }

    /// The oldest commit that has the bytes, if they come from the history.
    pub fn commit(&self) -> Option<ObjectId> {
        match self {
            Self::Object { whence: Whence::Commit(commit), .. } => Some(commit.commit),
            Self::Object { whence: Whence::Nowhere | Whence::Unknown, .. }
            | Self::File { .. }
            | Self::Staged { .. }
            | Self::Turn { .. }
            | Self::Variable { .. }
            | Self::Stdin { .. } => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path } | Self::Staged { path, .. } => f.write_str(&printable(path)),
            Self::Object { whence: Whence::Commit(commit), kind, .. } => match &commit.path {
                Some(path) => write!(f, "{} in commit {}", printable(path), commit.commit),
                None => write!(f, "the message of {} {}", kind.name(), commit.commit),
            },
            Self::Object { whence: Whence::Nowhere, kind, id, .. } => write!(f, "{} {id}, in no commit", kind.name()),
            Self::Object { whence: Whence::Unknown, kind, id, .. } => write!(f, "{} {id}", kind.name()),
            Self::Turn { path, agent, session, turn, role } => {
                let [session, role] = [session, role].map(printable);
                write!(f, "{}, {agent} session {session}, turn {turn}", printable(path))?;
                if role.is_empty() { Ok(()) } else { write!(f, " ({role})") }
            }
            Self::Variable { process: Some(process), name } => {
                write!(f, "the variable {} of process {process}", printable(name))
            }
            Self::Variable { process: None, name } => write!(f, "the variable {}", printable(name)),
            Self::Stdin { name: Some(name) } => f.write_str(&printable(name)),
            Self::Stdin { name: None } => f.write_str("standard input"),
        }
    }
}

/// A name in characters that can't break a line, move the cursor or pass for another name.
pub fn printable(name: impl AsRef<OsStr>) -> String {
    let mut text = String::new();
    for chunk in name.as_ref().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if character == '\\' {
                text.push_str("\\\\");
            } else if hides(character) {
                text.extend(character.escape_unicode());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            // INVARIANT: writing to a String can't fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Whether a character is one that a reader would not see as itself.
fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_break_a_line_or_pass_for_another() {
        let hostile = OsStr::from_bytes(b"a\nb\x1b[2J\xff\\n");
        assert_eq!(printable(hostile), "a\\u{a}b\\u{1b}[2J\\xff\\\\n");
        assert_eq!(printable("gpj\u{202e}.exe"), "gpj\\u{202e}.exe");
        assert_eq!(printable("Grüße/日本.txt"), "Grüße/日本.txt");
    }
}
