//! `portcullis log rotate-key`: a new key signs from here on. The change is recorded under the old one.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use serde::Serialize;

/// Replaces the key that signs. Whoever trusts the old key can trust the new one.
#[derive(Debug, Args)]
pub(crate) struct RotateKey {}

/// The new key.
#[derive(Debug, Serialize)]
struct Rotated {
    /// The public half, as a verifier of signed notes reads it.
    key: String,
}

impl RotateKey {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let key = Gate::open(invocation)?.log().rotate_key()?.to_string();
        invocation.output.show(&Rotated { key })?;
        Ok(Exit::Success)
    }
}

impl View for Rotated {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "from here on this key signs").end();
        page.put(Tone::Plain, "  ").put(Tone::Plain, &self.key).end();
    }
}
