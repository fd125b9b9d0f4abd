//! `portcullis log witness git`: the newest checkpoint in a git repository. It is a witness once it is pushed to where the
//! user whose ledger it is can't rewrite it.

use super::Remembered;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger;
use clap::Args;
use portcullis_ledger::witness::git;
use std::path::PathBuf;

/// Commits the newest checkpoint to a reference of a git repository, for you to push.
#[derive(Debug, Args)]
pub(crate) struct Git {
    /// The repository
    #[arg(value_name = "REPOSITORY", default_value = ".")]
    repository: PathBuf,
}

impl Git {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let (checkpoint, note) = ledger::checkpoint(&reader)?;
        let repository = invocation.cwd()?.join(self.repository);
        let reference = git::commit(&repository, &checkpoint, &note)?;
        invocation.output.show(&Remembered { by: format!("git reference {reference}"), records: checkpoint.size })?;
        Ok(Exit::Success)
    }
}
