//! Sessions that work in the files themselves instead of a layer over them.
//!
//! Names that exist and must not change are closed by mounts, which is not done here. What no mount can close, since it does not exist
//! yet, is found here: before the command starts everything in the workspace is written down, and when it has ended that is compared
//! with what is there. What was made under a closed name is moved into the layer of the session, where it waits like any other change,
//! and what belongs there is put back.
//!
//! It is not: a record of contents. What was written to other files stays written.

mod compare;
mod hold;
mod moving;
mod open;
mod record;
mod walk;

pub use hold::Held;
pub use record::Record;
pub use walk::{Guard, Guarded, LiveLimits, Survey};
