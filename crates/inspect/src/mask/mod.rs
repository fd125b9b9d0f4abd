//! Synthetic copies: the same shape, other values.
//!
//! A copy is made in passes over the data, each with bounded memory: [`EncodingSurvey`] finds out how they are encoded,
//! [`Survey`] what their columns hold, [`Gather`] which values must not turn up elsewhere, and [`Masker`] writes the copy. Nothing but values changes: not the order, not a
//! separator, quote or line end, not the type of a number.
//!
//! Equal values become equal values, in every file that is masked with the same [`MaskKey`], so rows still find each
//! other; nobody without the key can tell what a value was. What must be unique is permuted, so that it stays unique.
//! Dates of a person move together. Names are made up, and e-mail addresses, telephone numbers and addresses of machines
//! are ones that nobody has.

mod code;
mod column;
mod date;
mod email;
mod encoding;
mod finder;
mod format;
mod gather;
mod inside;
mod kind;
mod known;
mod masker;
mod name;
mod network;
mod number;
mod pairs;
mod permutation;
mod phone;
mod piece;
mod place;
mod row;
mod shape;
mod survey;
mod value;

pub use column::{By, Decision};
pub use encoding::Encoding;
pub use finder::Finder;
pub use format::Format;
pub use gather::Gather;
pub use kind::Kind;
pub use known::Known;
pub use masker::{Masked, Masker};
pub use row::MaskError;
pub use survey::{Choices, EncodingSurvey, Plan, Survey};
pub use value::MaskKey;
