//! What a session changed, and what becomes of it.
//!
//! An agent runs on an overlay: it sees the workspace, and what it writes lands in a folder of the session. This crate
//! keeps that folder ([`SessionStore`]), reads what was changed from it, says of each change what kind of thing it
//! touches, carries the chosen ones over into the workspace so that no crash and no rival can leave it half done, and
//! takes them back.
//!
//! It mounts nothing and starts nothing; it asks nobody what may be applied. Whoever calls it says so.

mod atomic;
mod attributes;
mod change;
mod change_set;
mod choice;
mod class;
mod digest;
mod error;
mod folder;
mod hex;
mod lock;
mod name;
mod node;
mod process;
mod read;
mod session;
mod store;
mod text;
mod tree_path;

pub use change::{Change, ChangeKind, Contents, Obstacle};
pub use change_set::{ChangeSet, Limits};
pub use choice::{Choice, Rule, Verdict};
pub use class::{Class, classify};
pub use digest::Digest;
pub use error::ChangesError;
pub use node::{FileType, Moment, Node};
pub use process::ProcessMark;
pub use session::{Layer, LayerName, Session, State};
pub use store::{LockedSession, NewLayer, NewSession, SessionFolder, SessionStore, Unreadable};
pub use tree_path::TreePath;
