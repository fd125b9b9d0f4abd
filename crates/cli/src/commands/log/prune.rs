//! `portcullis log prune`: keeps nothing longer than the policy says. Hashes stay, so every proof about what is left holds.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::Page;
use clap::Args;
use portcullis_event::Timestamp;
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// Drops what is older than the policy's `ledger.retention` allows. It can't be undone; the hashes stay.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Yes, drop it
    #[arg(long)]
    yes: bool,
}

/// What was dropped.
#[derive(Debug, Serialize)]
struct Dropped {
    /// Keys of private text; `None` if the policy sets no time.
    content_keys: Option<usize>,
    /// Records; `None` if the policy sets no time.
    records: Option<u64>,
}

impl Prune {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if !self.yes {
            return Err(Failure::usage("this would drop what is older than the policy allows")
                .because("it can't be undone")
                .fix("look at the times: portcullis policy show")
                .fix("say so with --yes"));
        }
        let gate = Gate::open(invocation)?;
        let keeping = gate.policy().retention();
        let content_keys = before(keeping.content).map(|time| gate.log().erase_content_before(time)).transpose()?;
        let records = before(keeping.records).map(|time| gate.log().prune_before(time)).transpose()?;
        invocation.output.show(&Dropped { content_keys, records })?;
        Ok(Exit::Success)
    }
}

/// The time that lies this many seconds back; nothing if that is before all time.
fn before(seconds: Option<u64>) -> Option<Timestamp> {
    SystemTime::now().checked_sub(Duration::from_secs(seconds?)).map(Timestamp::from)
}

impl View for Dropped {
    fn write(&self, page: &mut Page) {
        page.line(match self.content_keys {
            Some(count) => format!("private text: {count} keys destroyed"),
            None => "private text: the policy sets no time (ledger.retention.content)".to_owned(),
        });
        page.line(match self.records {
            Some(count) => format!("records: {count} dropped, their hashes stay"),
            None => "records: the policy sets no time (ledger.retention.records)".to_owned(),
        });
    }
}
