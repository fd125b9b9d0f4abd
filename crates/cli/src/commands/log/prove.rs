//! `portcullis log prove`: proofs that can be checked without the ledger, and without us: that a record is in it, or that
//! it continues what it once was.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger;
use crate::proof;
use clap::{ArgGroup, Args};

/// Proves that a record is in the ledger, or that the ledger continues what it once was.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").args(["index", "since"]).required(true))]
pub(crate) struct Prove {
    /// The record's number
    #[arg(value_name = "N")]
    index: Option<u64>,
    /// Prove that the ledger as it is now continues the one that had this many records
    #[arg(long, value_name = "SIZE")]
    since: Option<u64>,
}

impl Prove {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        match (self.index, self.since) {
            (Some(index), None) => invocation.output.show(&proof::Inclusion::of(&reader, index)?)?,
            (None, Some(size)) => invocation.output.show(&proof::Consistency::of(&reader, size)?)?,
            // INVARIANT: the group above lets nothing else through.
            (Some(_), Some(_)) | (None, None) => return Err(Failure::usage("name a record, or --since SIZE")),
        }
        Ok(Exit::Success)
    }
}
