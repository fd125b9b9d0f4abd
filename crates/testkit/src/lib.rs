//! What the tests of several crates share; never shipped.
//!
//! [`records`] makes records of every kind: [`records::sample`] one that looks like real life, the strategies beside it
//! any that the types allow, awkward ones first.

mod bodies;
pub mod damage;
pub mod dice;
pub mod python;
pub mod records;
mod samples;
pub mod text;
pub mod unknown;
pub mod words;
