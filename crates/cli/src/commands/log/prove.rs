//! `portcullis log prove`: a proof that a record is in the ledger. It can be checked without the ledger, and without us.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::hex::hex;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_ledger::merkle::leaf_hash;
use portcullis_ledger::prove;
use serde::Serialize;

/// Proves that a record is in the ledger.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The record's number
    index: u64,
}

/// The proof: hashing `record` and then the hashes of `path` leads to the root that `checkpoint` signs (RFC 6962).
#[derive(Debug, Serialize)]
struct Proof {
    index: u64,
    /// The record's canonical text; its hash, with a zero byte in front, is `leaf`.
    record: String,
    leaf: String,
    path: Vec<String>,
    checkpoint: String,
}

impl Prove {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let reader = ledger::open(&invocation.home()?)?;
        let proof = prove::inclusion(&reader, self.index)?;
        let leaf = hex(&leaf_hash(&proof.record));
        let record = String::from_utf8(proof.record)
            .map_err(|_| Failure::incomplete(format!("record {} is not UTF-8", self.index)))?;
        let path = proof.path.iter().map(|hash| hex(hash)).collect();
        invocation.output.show(&Proof { index: proof.index, record, leaf, path, checkpoint: proof.checkpoint })?;
        Ok(Exit::Success)
    }
}

impl View for Proof {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Faint, "record ").put(Tone::Plain, self.index.to_string()).end();
        page.put(Tone::Faint, "leaf   ").put(Tone::Plain, &self.leaf).end();
        for hash in &self.path {
            page.put(Tone::Faint, "with   ").put(Tone::Plain, hash).end();
        }
        page.put(Tone::Faint, "leads to the root that this checkpoint signs:").end();
        page.lines(&self.checkpoint);
    }
}
