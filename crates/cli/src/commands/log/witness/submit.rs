//! `portcullis log witness submit`: asks a witness on the network to sign the newest checkpoint, and keeps its signature.

use super::Remembered;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger;
use clap::Args;
use portcullis_ledger::note::{NoteError, Verifier};
use portcullis_ledger::witness;

/// Has the newest checkpoint signed by a witness on the network.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// Where the witness listens, such as `http://witness.example:7480`
    url: String,
    /// The witness's key, as `portcullis log witness serve` prints it
    #[arg(long, value_parser = key)]
    key: Verifier,
}

/// Reads a verifier key.
pub(super) fn key(text: &str) -> Result<Verifier, NoteError> {
    Verifier::parse(text.trim())
}

impl Submit {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let note = witness::submit(&reader, &self.url, &self.key)?;
        invocation.output.show(&Remembered { by: note.by, records: note.checkpoint.size })?;
        Ok(Exit::Success)
    }
}
