//! What a credential is there for, as far as it can be told: some are there for a test, or to show how something is written.
//!
//! Nobody can tell by looking whether such a credential opens something, so nothing is passed over for it. What somebody has
//! made for a test is of less use to whoever reads a report than what a vendor has handed out, and there is far more of it:
//! it may be told in sum. Hence two questions, which have to be asked together: whether anybody could have made it
//! ([`is_homemade`]), and whether it stands where such things are made ([`of_path`], [`Passages`]).

mod homemade;
mod passage;
mod path;

pub use homemade::is_homemade;
pub use passage::Passages;
pub use path::of_path;

/// What a credential is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A test needs it.
    Test,
    /// It shows how something is written.
    Example,
}
