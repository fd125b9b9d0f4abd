//! `portcullis policy show`: the policy in force, all files together, each line with its origin.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::PolicyFiles;
use clap::Args;
use portcullis_event::Mode;
use serde::Serialize;

/// Shows the policy in force, all files together, each line with the place that it comes from.
#[derive(Debug, Args)]
pub(crate) struct Show {}

/// The policy in force.
#[derive(Debug, Serialize)]
struct InForce {
    hash: String,
    mode: Mode,
    /// As TOML, with the origins in comments.
    toml: String,
}

impl Show {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let policy = PolicyFiles::find(invocation)?.load()?;
        let shown = InForce { hash: policy.hash().to_owned(), mode: policy.mode(), toml: policy.show() };
        invocation.output.show(&shown)?;
        Ok(Exit::Success)
    }
}

impl View for InForce {
    fn write(&self, page: &mut Page) {
        for line in self.toml.lines() {
            let tone = if line.starts_with('[') {
                Tone::Strong
            } else if line.trim_start().starts_with('#') {
                Tone::Faint
            } else {
                Tone::Plain
            };
            page.put(tone, line).end();
        }
    }
}
