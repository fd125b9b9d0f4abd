//! `portcullis log verify`: reads all of the ledger and says where it is not what was signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::witnessed::{self, Remembered};
use clap::Args;
use portcullis_event::hex;
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::{LedgerError, Problem, Reader, Tiles, Verification, Witnessed};
use serde::Serialize;
use std::sync::Arc;

/// Checks that nothing was changed, removed or added.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Ask the witnesses on the network, too; without it, only what they signed before is compared
    #[arg(long)]
    ask: bool,
}

/// What the check showed.
#[derive(Debug, Serialize)]
struct Report {
    valid: bool,
    records: u64,
    /// Those of them that retention has dropped; only their hashes are left.
    pruned: u64,
    bytes: u64,
    segments: u32,
    checkpoints: u64,
    /// How far somebody else saw the ledger; absent if nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed_through: Option<u64>,
    root: String,
    problems: Vec<Wrong>,
    remarks: Vec<String>,
    /// Witnesses that could not be compared with, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
}

/// One problem.
#[derive(Debug, Serialize)]
struct Wrong {
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    /// The first record that is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    /// The last record that is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
}

impl Verify {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        // A folder without keys never held a ledger; with keys but without a ledger it was removed, and that is a finding.
        if !home.path().join("keys").exists() && !portcullis_ledger::folder(home.path()).exists() {
            return Err(LedgerError::Missing(home.path().to_owned()).into());
        }
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let reader = Reader::open(disk.clone(), home.path());
        let remembered = self.remembered(&home, reader.as_ref());
        let through = remembered.notes.iter().map(|note| note.checkpoint.size).max();
        let witnessed: Vec<Witnessed> = remembered.notes.into_iter().map(Witnessed::from).collect();
        let found = portcullis_ledger::verify(&disk, home.path(), &witnessed)?;
        let mut report = Report { witnessed_through: through, unread: remembered.unread, ..Report::from(found) };
        if let (true, Ok(reader)) = (report.valid, &reader) {
            report.remarks.extend(remember_hashes(reader));
        }
        let exit = if report.valid && report.unread.is_empty() { Exit::Success } else { Exit::Incomplete };
        invocation.output.show(&report)?;
        Ok(exit)
    }

    /// What witnesses know; where the log can't even be opened, what they signed before.
    fn remembered(&self, home: &Home, reader: Result<&Reader, &LedgerError>) -> Remembered {
        match reader {
            Ok(reader) if self.ask => witnessed::remembered(home, reader).and_asked(home, reader),
            Ok(reader) => witnessed::remembered(home, reader),
            Err(error) => witnessed::kept(home).and_unread(format!("the witnesses could not be asked: {error}")),
        }
    }
}

/// Stores the hashes of records that are known to be right, so that damage which comes later can be traced to its
/// record. Only a remark if it fails: they are no part of the ledger.
fn remember_hashes(reader: &Reader) -> Option<String> {
    let error = Tiles::catch_up(reader).err()?;
    Some(format!("the hashes could not be stored, so later damage can't be traced to its record: {error}"))
}

impl From<Verification> for Report {
    fn from(found: Verification) -> Self {
        Self {
            valid: found.problems.is_empty(),
            records: found.records,
            pruned: found.pruned,
            bytes: found.bytes,
            segments: found.segments,
            checkpoints: found.checkpoints,
            witnessed_through: None,
            root: hex::encode(&found.root),
            problems: found.problems.iter().map(Wrong::from).collect(),
            remarks: found.remarks,
            unread: Vec::new(),
        }
    }
}

impl From<&Problem> for Wrong {
    fn from(problem: &Problem) -> Self {
        Self {
            what: problem.what.to_string(),
            segment: problem.segment,
            offset: problem.offset,
            first: problem.records.map(|(first, _)| first),
            last: problem.records.map(|(_, end)| end.saturating_sub(1)),
        }
    }
}

impl View for Report {
    fn write(&self, page: &mut Page) {
        for problem in &self.problems {
            page.put(Tone::Bad, "wrong").put(Tone::Plain, " ").put(Tone::Strong, &problem.what).end();
            if let Some(segment) = problem.segment {
                let offset = problem.offset.map_or_else(String::new, |offset| format!(", byte {offset}"));
                page.put(Tone::Faint, "  at  ").put(Tone::Plain, format!("segment {segment}{offset}")).end();
            }
            match (problem.first, problem.last) {
                (Some(first), Some(last)) if first < last => page.line(format!("  records {first} to {last}")),
                (Some(first), Some(_)) => page.line(format!("  record {first}")),
                _ => page,
            };
        }
        for remark in self.remarks.iter().chain(&self.unread) {
            page.put(Tone::Warning, "note").put(Tone::Plain, "  ").put(Tone::Plain, remark).end();
        }
        if self.valid {
            page.put(Tone::Good, "intact").put(Tone::Plain, self.counted()).end();
        } else {
            page.put(Tone::Bad, "NOT INTACT").put(Tone::Plain, self.counted()).end();
            page.put(Tone::Faint, "  why ")
                .put(Tone::Plain, "somebody changed the ledger's files, or the disk did")
                .end();
            page.put(Tone::Good, "  fix ")
                .put(Tone::Plain, "keep a copy of the folder, and find out who could write to it")
                .end();
        }
        page.put(Tone::Faint, "  root ").put(Tone::Plain, &self.root).end();
        if self.pruned > 0 {
            let dropped = format!("{} by retention; their hashes are left and fit", plural(self.pruned, "record"));
            page.put(Tone::Faint, "  dropped ").put(Tone::Plain, dropped).end();
        }
        if let Some(through) = self.witnessed_through {
            page.put(Tone::Faint, "  seen ").put(Tone::Plain, format!("by a witness through {through} records")).end();
        }
    }
}

impl Report {
    fn counted(&self) -> String {
        format!(
            ": {} in {}, {} checked",
            plural(self.records, "record"),
            plural(u64::from(self.segments), "segment"),
            plural(self.checkpoints, "signed checkpoint")
        )
    }
}

fn plural(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
