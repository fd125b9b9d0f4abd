//! Changes a real folder, so that it is either as before or as wanted, whatever happens in between.
//!
//! An operation is a list of [`Step`]s. First everything is made ready: what is to come is written into a folder beside
//! its place, what is to go is kept, and both are synced. Then the plan is written down; before that nothing has
//! changed, and after that a crash is mended by going on. Each step swaps one name for another in one call of the
//! system, then looks at what came out: if that is not what was expected, somebody was faster, and it is put back. So
//! nobody's work is lost, also in the moment between looking and writing.

mod commit;
mod draft;
mod journal;
mod keep;
mod prepare;
mod recover;
mod stage;
mod state;
mod written;

pub use commit::{Conflict, Outcome};
pub(crate) use draft::{Draft, Source, Want};
pub(crate) use journal::{Ending, Journal, Kind, Plan, Step, finished};
pub use prepare::{Effect, Prepared};
pub(crate) use prepare::{Order, prepare};
pub use recover::Recovered;
pub(crate) use recover::recover;
pub(crate) use state::{State, observe};
