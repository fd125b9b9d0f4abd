//! What can go wrong with approvals.

use crate::{NotCounted, TicketId};
use std::path::PathBuf;

/// What can go wrong with approvals.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalsError {
    /// The file can't be opened or made.
    #[error("the file of approvals can't be opened: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what this version writes.
    #[error("the file of approvals is not one of this version ({what})")]
    Foreign {
        /// What it is instead.
        what: String,
    },
    /// The database says no.
    #[error("the file of approvals can't be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// A value can't be written.
    #[error("a ticket can't be written: {0}")]
    Write(#[from] serde_json::Error),
    /// A row was not written by us, or was changed.
    #[error("the ticket {0} was changed by somebody who has no key; it counts for nothing")]
    Forged(String),
    /// There is none.
    #[error("there is no ticket {0}")]
    NoSuchTicket(TicketId),
    /// Nobody could have been given such a name.
    #[error("this is not the name of a ticket; they look like K7-4F2Q")]
    MalformedId,
    /// Somebody else was quicker.
    #[error("the ticket {0} has changed meanwhile")]
    Changed(TicketId),
    /// The answer does not count.
    #[error("the answer does not count: {0}")]
    NotCounted(#[from] NotCounted),
    /// There is no clock that could be trusted.
    #[error("the machine does not say how long it has been running: {0}")]
    Clock(String),
    /// There is no randomness.
    #[error("there is no randomness: {0}")]
    Randomness(String),
}
