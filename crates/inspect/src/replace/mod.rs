//! Placeholders for what must not travel on, and the way back.
//!
//! A [`Session`] gives each value a [`Placeholder`]: twenty letters and digits that say what sort of value it is and
//! nothing else about it. [`Session::replace`] and [`Replacer`] put placeholders into what goes out; [`Restorer`] and
//! [`JsonRestorer`] put the values back into what comes in, through the damage that a model does to words it does not
//! know. The way back is the session's table: a placeholder that the session did not make restores nothing.
//!
//! Nothing here looks for values; hits come from the other modules.

mod direction;
mod form;
mod json;
mod kind;
mod limits;
mod openings;
mod placeholder;
mod replacer;
mod restorer;
mod search;
mod seen;
mod session;
mod spans;
mod spelling;
mod symbol;
mod table;

pub use direction::{LocalText, TowardLocal};
pub use json::JsonRestorer;
pub(crate) use json::write_escaped;
pub use kind::Kind;
pub use limits::{Limits, ReplaceError};
pub use placeholder::Placeholder;
pub use replacer::Replacer;
pub use restorer::Restorer;
pub use search::Tally;
pub use session::{Replaced, Replacement, SEEN_BEFORE, Session};
pub use table::Style;
