//! `portcullis log verify`: reads all of the ledger and says where it is not what was signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::hex::hex;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::witness::git;
use portcullis_ledger::{LedgerError, Problem, Verification, Witnessed};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// Checks that nothing was changed, removed or added.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Compare with the checkpoints that were committed to this git repository, too
    #[arg(long, value_name = "REPOSITORY")]
    git: Option<PathBuf>,
}

/// What the check showed.
#[derive(Debug, Serialize)]
struct Report {
    valid: bool,
    records: u64,
    bytes: u64,
    segments: u32,
    checkpoints: u64,
    /// How far somebody else saw the ledger; absent if nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed_through: Option<u64>,
    root: String,
    problems: Vec<Wrong>,
    remarks: Vec<String>,
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
        let mut witnessed = ledger::witnessed(&home)?;
        if let Some(repository) = &self.git {
            witnessed.extend(git::witnessed(&invocation.cwd()?.join(repository), &ledger::first_key(&home)?)?);
        }
        let through = witnessed.iter().map(|note| note.checkpoint.size).max();
        let witnessed: Vec<Witnessed> = witnessed.into_iter().map(Witnessed::from).collect();
        let found = portcullis_ledger::verify(&disk, home.path(), &witnessed)?;
        let report = Report { witnessed_through: through, ..Report::from(found) };
        let exit = if report.valid { Exit::Success } else { Exit::Incomplete };
        invocation.output.show(&report)?;
        Ok(exit)
    }
}

impl From<Verification> for Report {
    fn from(found: Verification) -> Self {
        Self {
            valid: found.problems.is_empty(),
            records: found.records,
            bytes: found.bytes,
            segments: found.segments,
            checkpoints: found.checkpoints,
            witnessed_through: None,
            root: hex(&found.root),
            problems: found.problems.iter().map(Wrong::from).collect(),
            remarks: found.remarks,
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
        for remark in &self.remarks {
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
        if let Some(through) = self.witnessed_through {
            page.put(Tone::Faint, "  seen ").put(Tone::Plain, format!("by a witness through {through} records")).end();
        }
    }
}

impl Report {
    fn counted(&self) -> String {
        let plural = |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
        format!(
            ": {} in {}, {} checked",
            plural(self.records, "record"),
            plural(u64::from(self.segments), "segment"),
            plural(self.checkpoints, "signed checkpoint")
        )
    }
}
