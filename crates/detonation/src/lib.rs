//! A world that is nobody's, in which a skill is let loose, and what it did there.
//!
//! [`Scene`] is a home and a workspace that look like somebody's, with credentials in the usual places that are good for nothing
//! and are known: [`Canary`]. A [`Tracer`] finds them again in whatever was said or written, however it was encoded. [`Look`]
//! says what became of the files. [`judge()`] makes findings of all that, each with what happened.
//!
//! It is not: the walls, nor the network inside, which are handed what is written here and say what they saw.

mod canary;
mod judge;
mod look;
mod places;
mod random;
mod scene;
mod trace;

pub use canary::{Canary, Nature};
pub use judge::{Happened, Sent, Told, judge};
pub use look::{Change, Look};
pub use scene::{HOSTNAMES, Scene, copy};
pub use trace::Tracer;
