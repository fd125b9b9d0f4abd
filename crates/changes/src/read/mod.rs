//! Reads an upper folder against the lower one.
//!
//! What is in the upper folder was made by whoever was confined, or by somebody who could write there directly: any
//! type of file, any name, any depth. So every folder is held by its descriptor, everything is bounded, and what can't
//! be carried over is still told.

mod compare;
mod deleted;
mod renames;
mod walk;

pub(crate) use renames::find_renames;
pub(crate) use walk::{Stop, Walk, is_whiteout};
