//! What can go wrong with the ledger.

use std::io;
use std::path::PathBuf;

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The system refused a file operation.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no ledger in this folder.
    #[error("there is no ledger in {}", .0.display())]
    Missing(PathBuf),
    /// There already is a ledger in this folder.
    #[error("there already is a ledger in {}", .0.display())]
    Exists(PathBuf),
    /// A file of the ledger is not what it must be.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The log is shorter than what was acknowledged and signed.
    #[error("the log ends after {found} records, but {signed} were acknowledged and signed: records were removed")]
    WentBack {
        /// Records that are there.
        found: u64,
        /// Records that were signed.
        signed: u64,
    },
    /// A record was asked for that the log does not have.
    #[error("there is no record {index}; the log has {size}")]
    NoSuchRecord {
        /// Which one.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// A record is too large to be kept, even with its long texts shortened.
    #[error("the record takes {size} bytes; at most {limit} fit")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A record can't be encoded.
    #[error(transparent)]
    Record(#[from] portcullis_event::ParseError),
    /// A key file is missing, unreadable, or not a key.
    #[error("the key {} can't be used: {why}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The batch that this record was in could not be written.
    #[error("the batch could not be written: {0}")]
    Batch(String),
}

impl LedgerError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn damaged(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.into(), what: what.into() }
    }
}

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Its length is impossible.
    Length,
    /// Its checksum does not fit.
    Checksum,
    /// Its kind is unknown.
    Kind(u8),
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Length => f.write_str("its length is impossible"),
            Self::Checksum => f.write_str("its checksum does not fit"),
            Self::Kind(code) => write!(f, "its kind {code} is unknown"),
        }
    }
}
