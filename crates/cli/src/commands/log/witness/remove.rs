//! `portcullis log witness remove`: takes a witness off the list. What it signed before is kept.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::witnessed;
use clap::Args;
use serde::Serialize;

/// Takes a witness off the list. What it signed before is kept.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its name, as `witness list` shows it
    name: String,
}

/// Who is not on the list any more.
#[derive(Debug, Serialize)]
struct Removed {
    removed: String,
}

impl Remove {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if !witnessed::known(&invocation.home()?).remove(&self.name)? {
            return Err(Failure::usage(format!("there is no witness `{}` on the list", self.name))
                .fix("portcullis log witness list shows the names"));
        }
        invocation.output.show(&Removed { removed: self.name })?;
        Ok(Exit::Success)
    }
}

impl View for Removed {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "removed").put(Tone::Plain, " ").put(Tone::Plain, &self.removed).end();
    }
}
