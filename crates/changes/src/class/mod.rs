//! What kinds of things a change touches.

mod classify;
mod pattern;
mod table;

pub use classify::{classify, path_classes};
pub(crate) use pattern::name_matches;
pub use portcullis_event::ChangeClass as Class;
