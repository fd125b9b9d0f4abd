//! What can be wrong with a model.

use std::path::{Path, PathBuf};

/// What is wrong with a model, and in which of its files.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file that can't be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file that is larger than any such file is.
    #[error("{}: it has {length} bytes, and such a file has at most {most}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How large it is.
        length: u64,
        /// How large it may be.
        most: u64,
    },
    /// A folder in which the files of a model don't lie.
    #[error("{}: {why}", path.display())]
    NoModel {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// A file that does not hold what it should.
    #[error("{}: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A text that the network could not be asked about.
    #[error("the model could not read a text: {0}")]
    Run(String),
}

impl Failure {
    pub(crate) fn unusable(path: &Path, why: impl std::fmt::Display) -> Self {
        Self::Unusable { path: path.to_owned(), why: why.to_string() }
    }
}
