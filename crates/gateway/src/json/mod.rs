//! JSON that is read where it lies: what is known of a document is where each value stands in it, so that a part can be
//! changed and all the rest passes byte for byte.

mod document;
mod edit;
mod read;
mod text;

pub use document::{Document, Value};
pub use edit::Edits;
pub use read::Malformed;
pub use text::{Decoded, quoted};
