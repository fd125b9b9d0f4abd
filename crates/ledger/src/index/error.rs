//! What can go wrong with the index. None of it touches the log, which is the only truth.

use std::path::PathBuf;

/// Why the index could not be opened, filled or asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The log has fewer or other records than were indexed: somebody cut it back or put an older copy in its place.
    #[error(
        "the log went back: {indexed} records were indexed and the log now has {size}, or another record at the end of \
         them. This is what a rollback or a replaced log looks like, so the index is kept as it is. Run `portcullis log \
         verify`; if you restored the log on purpose, delete {}", path.display()
    )]
    LogWentBack {
        /// How many records the index holds.
        indexed: u64,
        /// How many records the log has now.
        size: u64,
        /// The index.
        path: PathBuf,
    },
    /// The index contradicts itself. It holds nothing that the log does not, so it can be built anew.
    #[error("the index {} is damaged ({what}); it is built anew from the log when it is next brought up to date", path.display())]
    Damaged {
        /// The index.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The log could not be read.
    #[error("the log could not be read for indexing: {0}")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The log answered with other records than it was asked for.
    #[error("the log was asked for record {asked} and answered with {got}")]
    Gap {
        /// The record that was asked for.
        asked: u64,
        /// What came.
        got: String,
    },
    /// A file operation failed.
    #[error("the index {} can't be used: {source}", path.display())]
    Io {
        /// The index.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("the index could not be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// No randomness for the key under which terms are stored.
    #[error("the system gave no random numbers: {0}")]
    Random(String),
}

/// What a stored value breaks. Turned into [`IndexError::Damaged`] where the path is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damage(pub(super) &'static str);

/// An error of the inner parts, which do not know the file that they work on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Inner {
    /// A stored value makes no sense.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl Inner {
    /// Says which file it is about.
    pub(super) fn at(self, path: &std::path::Path) -> IndexError {
        let damaged = |what: String| IndexError::Damaged { path: path.to_owned(), what };
        match self {
            Self::Damage(Damage(what)) => damaged(what.to_owned()),
            Self::Sqlite(error) if means_damage(&error) => damaged(error.to_string()),
            Self::Sqlite(error) => IndexError::Sqlite(error),
        }
    }
}

/// Whether SQLite says that the file itself is bad, as opposed to busy, full or not permitted.
pub(super) fn means_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error, ErrorCode};
    if let Error::SqliteFailure(failure, message) = error {
        // A table that is not there, or not as we made it, shows as a plain error with a message.
        let foreign = failure.code == ErrorCode::Unknown
            && message.as_ref().is_some_and(|text| text.starts_with("no such") || text.contains("malformed"));
        return foreign || matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase);
    }
    matches!(
        error,
        Error::QueryReturnedNoRows
            | Error::InvalidColumnType(..)
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
    )
}
