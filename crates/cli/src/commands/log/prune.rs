//! `portcullis log prune`: keeps nothing longer than the policy says. Hashes stay, so every proof about what is left holds.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::Page;
use crate::{expiry, ledger, time};
use clap::Args;
use portcullis_event::Timestamp;
use portcullis_ledger::Log;
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// Drops what is older than the policy's `ledger.retention` allows. It can't be undone; the hashes stay.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Yes, drop it
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Only say what would be dropped
    #[arg(long)]
    dry_run: bool,
}

/// What was dropped, or would be.
#[derive(Debug, Serialize)]
struct Dropped {
    dry_run: bool,
    /// Private text from before this time goes; absent if the policy sets no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_before: Option<String>,
    /// Keys of private text.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_keys: Option<usize>,
    /// Records from before this time go; absent if the policy sets no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_before: Option<String>,
    /// Records.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
}

impl Prune {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if !self.yes && !self.dry_run {
            return Err(Failure::usage("this would drop what is older than the policy allows")
                .because("it can't be undone")
                .fix("look at what it would drop: portcullis log prune --dry-run")
                .fix("say so with --yes"));
        }
        // Where there is no ledger, none is begun only to find that there is nothing to drop.
        ledger::open(&invocation.home()?)?;
        let gate = Gate::open(invocation)?;
        let keeping = gate.policy().retention();
        let (content, records) = (before(keeping.content), before(keeping.records));
        let log = gate.log();
        invocation.output.show(&Dropped {
            dry_run: self.dry_run,
            content_before: content.map(time::shown),
            content_keys: content.map(|time| self.content(log, time)).transpose()?,
            records_before: records.map(time::shown),
            records: records.map(|time| self.records(log, time)).transpose()?,
        })?;
        Ok(Exit::Success)
    }

    fn content(&self, log: &Log, before: Timestamp) -> Result<usize, Failure> {
        if self.dry_run { expiry::content_keys(log, before) } else { Ok(log.erase_content_before(before)?) }
    }

    fn records(&self, log: &Log, before: Timestamp) -> Result<u64, Failure> {
        if self.dry_run { expiry::records(&log.reader()?, before) } else { Ok(log.prune_before(before)?) }
    }
}

/// The time that lies this many seconds back; nothing if that is before all time.
fn before(seconds: Option<u64>) -> Option<Timestamp> {
    SystemTime::now().checked_sub(Duration::from_secs(seconds?)).map(Timestamp::from)
}

impl View for Dropped {
    fn write(&self, page: &mut Page) {
        let verb = if self.dry_run { "would be" } else { "were" };
        page.line(match (self.content_keys, &self.content_before) {
            (Some(count), Some(before)) => {
                format!("private text last used before {before}: {count} keys {verb} destroyed")
            }
            (_, _) => "private text: the policy sets no time (ledger.retention.content)".to_owned(),
        });
        page.line(match (self.records, &self.records_before) {
            (Some(count), Some(before)) => format!("records from before {before}: {count} {verb} dropped"),
            (_, _) => "records: the policy sets no time (ledger.retention.records)".to_owned(),
        });
    }
}
