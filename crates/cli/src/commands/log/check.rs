//! `portcullis log check`: checks a proof that `log prove --json` wrote. It needs no ledger, only the key that signed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ledger;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::proof::Proof;
use clap::Args;
use portcullis_event::hex;
use portcullis_ledger::note::{Checkpoint, Note, NoteError, Verifier};
use serde::Serialize;
use std::io::Read as _;

/// Proofs are far smaller.
const LONGEST: u64 = 16 << 20;

/// Checks a proof that `log prove --json` wrote. It needs no ledger.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The proof; - is standard input
    file: String,
    /// The key that the checkpoint must be signed with; without it, the first key of your own ledger
    #[arg(long, value_parser = key)]
    key: Option<Verifier>,
}

fn key(text: &str) -> Result<Verifier, NoteError> {
    Verifier::parse(text.trim())
}

/// What the check showed.
#[derive(Debug, Serialize)]
struct Checked {
    valid: bool,
    /// What is proven if it is valid and signed.
    claim: String,
    problems: Vec<String>,
    signature: Signature,
    /// The key that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    root: String,
}

/// What is known about the checkpoint's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Signature {
    Valid,
    Wrong,
    NotChecked,
}

impl Check {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let found = |what| Failure { exit: Exit::Findings, ..Failure::usage(what) }.at(&self.file);
        let proof = Proof::parse(&self.read()?).map_err(|why| found(format!("it is no proof: {why}")))?;
        let signed = Note::parse(proof.checkpoint()).and_then(|note| Checkpoint::parse(note.text()));
        let checkpoint = signed.map_err(|error| found(format!("its checkpoint is not valid: {error}")))?;
        let (signature, key, forged) = self.signature(invocation, proof.checkpoint(), &checkpoint);
        let mut problems = proof.problems(&checkpoint);
        problems.extend(forged);
        let checked = Checked {
            valid: problems.is_empty(),
            claim: proof.claim(&checkpoint),
            problems,
            signature,
            key: key.map(|key| key.to_string()),
            root: hex::encode(&checkpoint.root),
        };
        invocation.output.show(&checked)?;
        Ok(checked.exit())
    }

    /// What is known about the signature, the key that it was checked with, and what is wrong with it.
    fn signature(
        &self,
        invocation: &Invocation,
        note: &str,
        checkpoint: &Checkpoint,
    ) -> (Signature, Option<Verifier>, Option<String>) {
        // A proof of somebody else's ledger is not signed with our own key. That is no finding, but no proof either.
        let own = || ledger::first_key(&invocation.home().ok()?).ok().filter(|key| key.name() == checkpoint.origin);
        let Some(key) = self.key.clone().or_else(own) else { return (Signature::NotChecked, None, None) };
        match Checkpoint::open(note, &key) {
            Ok(_) => (Signature::Valid, Some(key), None),
            Err(NoteError::Unsigned(_)) if self.key.is_none() => (Signature::NotChecked, None, None),
            Err(error) => (Signature::Wrong, Some(key), Some(format!("its checkpoint: {error}"))),
        }
    }

    fn read(&self) -> Result<String, Failure> {
        let failed = |error| Failure::io("read the proof", None, &error).at(&self.file);
        let mut text = String::new();
        let read = match self.file.as_str() {
            "-" => std::io::stdin().lock().take(LONGEST).read_to_string(&mut text),
            path => std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)),
        };
        read.map_err(failed)?;
        Ok(text)
    }
}

impl Checked {
    fn exit(&self) -> Exit {
        match (self.valid, self.signature) {
            (false, _) | (true, Signature::Wrong) => Exit::Findings,
            (true, Signature::NotChecked) => Exit::Incomplete,
            (true, Signature::Valid) => Exit::Success,
        }
    }
}

impl View for Checked {
    fn write(&self, page: &mut Page) {
        for problem in &self.problems {
            page.put(Tone::Bad, "wrong").put(Tone::Plain, " ").put(Tone::Strong, problem).end();
        }
        match (self.valid, self.signature) {
            (false, _) | (true, Signature::Wrong) => page.put(Tone::Bad, "NOT PROVEN"),
            (true, Signature::Valid) => page.put(Tone::Good, "proven"),
            (true, Signature::NotChecked) => page.put(Tone::Warning, "proven, if the checkpoint is genuine"),
        };
        page.put(Tone::Plain, ": ").put(Tone::Plain, &self.claim).end();
        page.put(Tone::Faint, "  root ").put(Tone::Plain, &self.root).end();
        if let Some(key) = &self.key {
            page.put(Tone::Faint, "  key  ").put(Tone::Plain, key).end();
        } else {
            page.put(Tone::Warning, "  note ").put(Tone::Plain, "the signature was not checked").end();
            page.put(Tone::Good, "  fix  ").put(Tone::Plain, "name the key of the ledger with --key KEY").end();
        }
    }
}
