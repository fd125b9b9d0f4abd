//! What a session changed, and what becomes of it.
//!
//! An agent runs on an overlay: it sees the workspace, and what it writes lands in a folder of the session. This crate
//! keeps that folder ([`SessionStore`]), reads what was changed from it, says of each change what kind of thing it
//! touches, carries the chosen ones over into the workspace so that no crash and no rival can leave it half done, and
//! takes them back.
//!
//! It mounts nothing and starts nothing; it asks nobody what may be applied. Whoever calls it says so.

mod atomic;
mod error;
mod hex;
mod lock;
mod process;
mod session;
mod store;
mod text;
mod tree_path;

pub use error::ChangesError;
pub use process::ProcessMark;
pub use session::{Layer, LayerName, Session, State};
pub use store::{LockedSession, NewLayer, NewSession, SessionFolder, SessionStore, Unreadable};
pub use tree_path::TreePath;
