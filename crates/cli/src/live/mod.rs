//! Sessions that work in the files themselves: which names are guarded, and what becomes of the changes when one has ended.
//!
//! What runs something later, or steers who does, is closed before the start. The kernel closes what is there; what is not there yet it
//! can't, so that is found at the end and taken out again. A run that was killed did not come so far: then the next command does it.

mod guards;
mod settle;

pub(crate) use guards::Guards;
pub(crate) use settle::{Settled, left, mend, mend_here, settle};
