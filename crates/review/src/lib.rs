//! Walks files, archives, history and changes, and has them looked into.
//!
//! What it means to look is handed in as a [`Look`]; this crate gets at the bytes, fast and without missing any, and keeps
//! account of what was found: a finding is one secret, however many places it lies at ([`Found`]), and it is named by a
//! keyed hash of the secret ([`IdentityKey`]), so that it stays the same when the file moves or the report hides the value.
//!
//! What could not be looked into is reported, never passed over in silence.

pub mod committed;
mod excerpt;
mod finding;
mod gather;
pub mod git;
mod glob;
mod identity;
pub mod import;
mod look;
mod origin;
mod pool;
mod position;
mod progress;
mod report;
mod scan;
mod settings;
mod source;
pub mod suppress;
mod tracked;
mod window;
mod worker;

pub use excerpt::Excerpt;
pub use finding::{Found, Place};
pub use identity::{Fingerprint, IdentityKey, NoFingerprint, STRETCH};
pub use look::Look;
pub use origin::{Introduced, Origin, Whence, printable};
pub use progress::{Counts, Progress};
pub use report::{NotLookedInto, Report, Statistics, Why};
pub use scan::scan;
pub use settings::{Limits, Settings, Surroundings};
pub use source::transcript::agents;
pub use source::{
    Commits, Environment, Given, History, Message, Paths, Push, Range, Source, Staged, Stdin, Transcripts,
};
pub use tracked::Tracked;
