//! What can go wrong with the changes of a session.

use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    /// The system refused a file operation.
    #[error("can't {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no session like the one that was named.
    #[error("there is no session {0:?}")]
    NoSuchSession(String),
    /// There is no session at all.
    #[error("there is no session yet")]
    NoSession,
    /// Several sessions begin with what was given.
    #[error("{given:?} could be any of {}", candidates.join(", "))]
    Ambiguous {
        /// What was given.
        given: String,
        /// The sessions that begin so, at most eight.
        candidates: Vec<String>,
    },
    /// An id can't name the folder of a session.
    #[error("{0:?} can't be the id of a session: it is made of 1 to 64 letters, digits, '-' and '_'")]
    BadId(String),
    /// A file of the session is not what it must be.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another command works on the session.
    #[error("another command works on session {0}")]
    Busy(String),
    /// A session changed more than can be looked through.
    #[error("there are more than {limit} changes in {}", upper.display())]
    TooManyChanges {
        /// Where they are.
        upper: PathBuf,
        /// How many are looked at.
        limit: usize,
    },
    /// A workspace is larger than what is copied.
    #[error("{} is too large to be copied: it has more than {} MiB or {entries} files", lower.display(), bytes >> 20)]
    TooMuchToCopy {
        /// The workspace.
        lower: PathBuf,
        /// How many bytes are copied.
        bytes: u64,
        /// How many files, folders and links.
        entries: u64,
    },
    /// A workspace holds more than is written down before a live session.
    #[error("{} is too large to be worked in directly: it has more than {entries} files", lower.display())]
    TooMuchToSurvey {
        /// The workspace.
        lower: PathBuf,
        /// How many files, folders and links.
        entries: usize,
    },
    /// It was broken off. What is half done is finished or forgotten by the next command.
    #[error("it was broken off; the next command on the session mends what is half done")]
    Interrupted,
    /// There is no finished operation of this number.
    #[error("there is no operation {0} that could be taken back")]
    NoSuchOperation(u64),
    /// The session still runs.
    #[error("session {0} still runs")]
    Running(String),
    /// What the session wrote was thrown away.
    #[error("what session {0} wrote was thrown away, so there is nothing to go on with")]
    ThrownAway(String),
    /// The session worked on a copy of the whole workspace, and that was not made a layer.
    #[error("session {0} worked on a copy of the workspace, which no other run can go on with")]
    OfACopy(String),
}

impl ChangesError {
    /// For `map_err`: what was tried, and on which file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
