//! MCP servers behind the gate: what is known of each, what of it was approved, and the road that every message takes.

mod asking;
pub(crate) mod door;
mod launch;
mod offering;
mod offers;
mod pins;
mod road;

pub(crate) use launch::{Launch, shown};
pub(crate) use pins::{By, Pins, Store};
pub(crate) use road::{Origin, ServerRoad};

/// A name that can't be taken for anything else in a policy or a record.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(is_fine) && !text.contains("__") {
        return Ok(text.to_owned());
    }
    Err("a name is up to 64 letters, digits and `-`, `_`, `.`, with no `__` in it".to_owned())
}
