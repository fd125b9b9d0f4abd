//! What each coding agent is: how its hook speaks, and how it wants to be answered.
//!
//! An agent tells its hook what it is about to do and reads the answer, each in a form of its own, and nearly each of
//! them goes on if the answer has another form than it expects. So the forms are kept here, one file for each agent, and
//! nowhere else. This crate does no I/O and decides nothing: bytes become a [`hook::Call`], an [`hook::Answer`] becomes
//! a [`hook::Reply`], settings become settings with a hook in them.

mod agent;
pub mod hook;
pub mod registration;

pub use agent::Agent;
