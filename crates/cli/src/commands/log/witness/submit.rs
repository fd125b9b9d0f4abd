//! `portcullis log witness submit`: shows the newest checkpoint to every witness on the list. Meant to be run regularly.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::{ledger, witnessed};
use clap::Args;
use serde::Serialize;

/// Shows the newest checkpoint to every witness on the list. One that fails does not keep it from the others.
#[derive(Debug, Args)]
pub(crate) struct Submit {}

/// What came of it.
#[derive(Debug, Serialize)]
struct Submitted {
    witnesses: Vec<Shown>,
}

/// What came of it with one witness.
#[derive(Debug, Serialize)]
struct Shown {
    witness: String,
    /// How many records it has seen now.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Submit {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let reader = ledger::open(&home)?;
        let witnesses = witnessed::known(&home);
        let all = witnesses.all()?;
        if all.is_empty() {
            return Err(Failure::usage("there is no witness on the list").fix(witnessed::REMEDY));
        }
        let show = |witness| {
            let name = ToString::to_string(&witness);
            match witnesses.show(&witness, &reader) {
                Ok(note) => Shown { witness: name, records: Some(note.checkpoint.size), error: None },
                Err(error) => Shown { witness: name, records: None, error: Some(error.to_string()) },
            }
        };
        let submitted = Submitted { witnesses: all.into_iter().map(show).collect() };
        let failed = submitted.witnesses.iter().any(|shown| shown.error.is_some());
        invocation.output.show(&submitted)?;
        Ok(if failed { Exit::Incomplete } else { Exit::Success })
    }
}

impl View for Submitted {
    fn write(&self, page: &mut Page) {
        for Shown { witness, records, error } in &self.witnesses {
            match (records, error) {
                (Some(records), _) => page
                    .put(Tone::Good, "witnessed")
                    .put(Tone::Plain, format!(" through {records} records by {witness}")),
                (None, error) => {
                    let why = error.as_deref().unwrap_or_default();
                    page.put(Tone::Bad, "failed").put(Tone::Plain, format!("    {witness}: {why}"))
                }
            };
            page.end();
        }
    }
}
