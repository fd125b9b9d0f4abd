//! `portcullis log witness watch`: another user of this machine reads a ledger, checks all of it, and remembers how far it
//! had come.

use super::share::share;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_event::Timestamp;
use portcullis_ledger::Verification;
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::note::Checkpoint;
use portcullis_ledger::witness::{self, Witness};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Checks another user's ledger on this machine, and remembers how far it had come.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The other user's state folder
    #[arg(value_name = "DIR")]
    ledger: PathBuf,
    /// The witness's name, such as example.com/witness
    #[arg(long, default_value = "portcullis/witness")]
    name: String,
    /// Put what was witnessed here as well, where the ledger's owner can read it
    #[arg(long, value_name = "DIR")]
    share: Option<PathBuf>,
}

/// How far the ledger was witnessed, and what its owner needs in order to compare.
#[derive(Debug, Serialize)]
struct Watched {
    by: String,
    records: u64,
    /// The folder and the key for `witness add`.
    folder: String,
    key: String,
}

impl Watch {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        home.ensure()?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let state = home.path().join("witness");
        let witness = Witness::open(disk.clone(), &state, &self.name)?;
        let cwd = invocation.cwd()?;
        let root = cwd.join(self.ledger);
        let shared = self.share.map(|folder| cwd.join(folder));
        let (report, note) = witness::watch(&witness, &disk, &root, seconds())?;
        let checkpoint = note.and_then(|note| Checkpoint::parse(note.text()).ok());
        let Some(checkpoint) = checkpoint else { return Err(not_witnessed(&report, &root)) };
        if let Some(folder) = &shared {
            share(&state, folder)?;
        }
        let key = witness.verifier();
        invocation.output.show(&Watched {
            by: key.name().to_owned(),
            records: checkpoint.size,
            folder: shared.unwrap_or(state).to_string_lossy().into_owned(),
            key: key.to_string(),
        })?;
        Ok(Exit::Success)
    }
}

fn not_witnessed(report: &Verification, root: &Path) -> Failure {
    let what = report.problems.first().map(|problem| problem.what.to_string());
    Failure::incomplete(what.unwrap_or_else(|| "the ledger can't be witnessed".to_owned()))
        .at(root.to_string_lossy())
        .because("what does not hold together is not witnessed")
        .fix("`portcullis log verify` says where it is wrong")
}

impl View for Watched {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "witnessed")
            .put(Tone::Plain, format!(" through {} records by {}", self.records, self.by))
            .end();
        page.put(Tone::Faint, "  folder ").put(Tone::Plain, &self.folder).end();
        page.put(Tone::Faint, "  key    ").put(Tone::Plain, &self.key).end();
    }
}

/// Seconds since 1970.
fn seconds() -> u64 {
    u64::try_from(Timestamp::from(SystemTime::now()).as_micros() / 1_000_000).unwrap_or_default()
}
