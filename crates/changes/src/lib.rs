//! What a session changed, and what becomes of it.
//!
//! An agent runs on an overlay: it sees the workspace, and what it writes lands in a folder of the session. This crate
//! keeps that folder ([`SessionStore`]), reads what was changed from it, says of each change what kind of thing it
//! touches, carries the chosen ones over into the workspace so that no crash and no rival can leave it half done, and
//! takes them back.
//!
//! It mounts nothing and starts nothing; it asks nobody what may be applied. Whoever calls it says so.

mod applied;
mod apply;
mod atomic;
mod attributes;
mod baseline;
mod change;
mod change_set;
mod choice;
mod class;
mod copy;
mod diff;
mod digest;
mod discard;
mod error;
mod folder;
mod foreign;
mod git_index;
mod live;
mod lock;
mod name;
mod node;
mod operation;
mod pick;
mod process;
mod read;
mod resume;
mod revert;
mod selector;
mod session;
mod skipping;
mod store;
mod text;
mod thin;
mod tree_path;
mod unseen;
mod visible;
mod work;

pub use change::{Change, ChangeKind, Contents, Obstacle};
pub use change_set::{ChangeSet, Limits};
pub use choice::{Choice, Rule, Verdict};
pub use class::{Class, classify, path_classes};
pub use copy::{Copied, CopyLimits, copy};
pub use diff::{Diff, Hunk, Mark, diff};
pub use digest::Digest;
pub use error::ChangesError;
pub use foreign::Own;
pub use live::{Guard, Guarded, Held, LiveLimits, Record, Survey};
pub use node::{FileType, Moment, Node};
pub use operation::{Conflict, Effect, Outcome, Prepared, Recovered};
pub use pick::{Picked, pick};
pub use process::ProcessMark;
pub use resume::{Again, Resumed};
pub use revert::OnEdit;
pub use selector::Selector;
pub use session::{Earlier, Layer, LayerName, Live, Session, State};
pub use store::{LockedSession, NewLayer, NewSession, SessionFolder, SessionStore, Unreadable};
pub use tree_path::TreePath;
pub use work::Progress;
