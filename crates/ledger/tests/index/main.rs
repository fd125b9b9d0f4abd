//! The index against the plainest thing that could take its place: a loop over all records.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the lints' own exception for tests does not reach the functions that several tests share"
)]

mod content;
mod crash;
mod damage;
mod plain;
mod questions;
