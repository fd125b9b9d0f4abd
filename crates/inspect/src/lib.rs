//! Looks inside text. It finds secrets, personal data, and text that tries to steer an agent or to hide from its reader;
//! it replaces what must not travel on with placeholders, and puts the values back.
//!
//! No I/O: bytes come in, hits and bytes go out.

mod base64_digit;
pub mod decode;
pub mod engine;
pub mod generic;
mod hit;
pub mod injection;
mod inspection;
mod keyed;
mod lanes;
mod marked;
pub mod mask;
pub mod personal;
pub mod purpose;
pub mod replace;
mod road;
pub mod secret;
mod stream;

pub use hit::Hit;
pub use inspection::{Inspection, Kinds, Looked};
pub use portcullis_patterns::markers::Markers;
pub use stream::Stream;
