//! `portcullis log witness watch`: another user of this machine reads a ledger, checks all of it, and remembers how far it
//! had come.

use super::Remembered;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Args;
use portcullis_event::Timestamp;
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::note::Checkpoint;
use portcullis_ledger::witness::{self, Witness};
use std::path::PathBuf;
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
}

impl Watch {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        home.ensure()?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let witness = Witness::open(disk.clone(), &home.path().join("witness"), &self.name)?;
        let root = invocation.cwd()?.join(self.ledger);
        let (report, note) = witness::watch(&witness, &disk, &root, seconds())?;
        let checkpoint = note.and_then(|note| Checkpoint::parse(note.text()).ok());
        match (checkpoint, report.problems.first()) {
            (Some(checkpoint), _) => {
                invocation.output.show(&Remembered { by: self.name, records: checkpoint.size })?;
                Ok(Exit::Success)
            }
            (None, problem) => Err(Failure::incomplete(
                problem.map_or_else(|| "the ledger can't be witnessed".to_owned(), |problem| problem.what.to_string()),
            )
            .at(root.to_string_lossy())
            .because("what does not hold together is not witnessed")
            .fix("`portcullis log verify` says where it is wrong")),
        }
    }
}

/// Seconds since 1970.
fn seconds() -> u64 {
    u64::try_from(Timestamp::from(SystemTime::now()).as_micros() / 1_000_000).unwrap_or_default()
}
