//! MCP servers behind the gate: what is known of each, what of it was approved, and the road that every message takes.

mod asking;
mod launch;
mod offering;
mod offers;
mod pins;
mod road;

pub(crate) use launch::{Launch, shown};
pub(crate) use pins::{By, Pins, Store};
pub(crate) use road::{Origin, ServerRoad};
