//! An append-only Merkle log that many processes share.
//!
//! A record is acknowledged once it is durable. What was acknowledged can't be changed, removed, reordered or added to
//! without being noticed: by anyone who has the folder, against the log's signed checkpoints, and by anyone who ever
//! witnessed a checkpoint, against the whole folder being exchanged.
//!
//! This crate does not decide anything and knows no policy; it keeps what it is given.

mod begin;
mod content;
pub mod disk;
mod error;
pub mod export;
mod frame;
mod group;
mod head;
pub mod index;
mod keys;
mod log;
pub mod merkle;
pub mod note;
mod notice;
pub mod prove;
mod pruned;
mod read;
mod recover;
mod retention;
mod rotate;
mod scan;
mod sealed;
mod segment;
mod shorten;
mod tiles;
mod verify;
pub mod witness;
mod writer;

pub use content::{ContentKeeper, ContentRule};
pub use error::{Damage, LedgerError};
pub use log::{Log, Options, origin_name};
pub use read::{Extent, Reader, Stored};
pub use tiles::Tiles;
pub use verify::{Problem, Verification, Witnessed, Wrong, verify};

use std::path::{Path, PathBuf};

/// The folder of the ledger under the root of a user's state.
pub fn folder(root: &Path) -> PathBuf {
    root.join("ledger")
}
