//! `portcullis trust verify`: what is no longer what was approved.

use super::compared::{self, Compared};
use super::read::Found;
use super::record::Answer;
use super::view::{Drifted, Shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use clap::Args;
use portcullis_changes::{Hunk, diff};
use portcullis_event::{ConfigOp, hex};
use portcullis_trust::Entry;
use portcullis_trust::lock::{Drift, NAME, Part};
use sha2::Digest as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Larger texts are not kept, and not compared line by line.
const LARGEST: usize = 1 << 20;

/// Says what is no longer what was approved.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The folder that was locked; the working folder if none is named
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let root = invocation.cwd()?.join(self.folder.unwrap_or_default());
        let Some(approved) = compared::approved(&root)? else {
            return Err(Failure::usage(format!("there is no {NAME} here"))
                .at(root.to_string_lossy())
                .because("what nobody approved can't be compared")
                .fix("`portcullis trust lock` writes one"));
        };
        let compared = Compared::with(&approved, &root)?;
        let gate = Gate::open(invocation)?;
        for one in &compared.drift {
            compared.record(&gate, invocation, (ConfigOp::Drift, one.key()))?;
        }
        let mut shown = Self::shown(invocation, &compared)?;
        for key in compared.now.items.keys().filter(|key| matches!(key.kind.as_str(), "skill" | "mcp-server")) {
            // That a person has to say yes is met: the lock is that yes.
            if let Answer::Denied(reasons) = compared.record(&gate, invocation, (ConfigOp::Load, key))? {
                let why = reasons.first().map(|reason| reason.message.clone()).unwrap_or_default();
                shown.push(Drifted { change: "blocked", what: key.to_string(), parts: Vec::new(), why: Some(why) });
            }
        }
        let exit = if shown.is_empty() { Exit::Success } else { Exit::Findings };
        invocation.output.show(&Shown { locked: approved.items.len(), written: false, drift: shown })?;
        Ok(exit)
    }

    /// What drifted, with what differs line by line where the approved text is at hand.
    pub(super) fn shown(invocation: &Invocation, compared: &Compared<'_>) -> Result<Vec<Drifted>, Failure> {
        let kept = invocation.home()?.path().join(KEPT);
        let of = |one: &Drift| match one {
            Drift::New(key) => Drifted { change: "new", what: key.to_string(), parts: Vec::new(), why: None },
            Drift::Gone(key) => Drifted { change: "gone", what: key.to_string(), parts: Vec::new(), why: None },
            Drift::Changed { key, parts } => {
                let parts = parts.iter().map(|part| (part.clone(), hunks(part, &compared.found, &kept))).collect();
                Drifted { change: "changed", what: key.to_string(), parts, why: None }
            }
        };
        Ok(compared.drift.iter().map(of).collect())
    }
}

/// Refuses to go on where something that agents go by is not what was approved, if the folder has a lock and policy denies drift.
/// What is gone steers nobody.
pub(crate) fn refuse_drift(gate: &Gate, invocation: &Invocation, root: &Path) -> Result<(), Failure> {
    let Some(approved) = compared::approved(root)? else { return Ok(()) };
    let compared = Compared::with(&approved, root)?;
    for one in &compared.drift {
        let (Drift::New(key) | Drift::Changed { key, .. }) = one else { continue };
        if let Answer::Denied(reasons) = compared.record(gate, invocation, (ConfigOp::Drift, key))? {
            return Err(Failure::denied(&format!("{key} is not what was approved in {NAME}"), &reasons)
                .fix("`portcullis trust verify` shows what changed; `portcullis trust lock` approves it"));
        }
    }
    Ok(())
}

/// Where texts are kept that were approved, by their hashes.
const KEPT: &str = "trust/approved";

/// What differs in a file, if what was approved of it is kept and both are texts.
fn hunks(part: &Part, found: &Found, kept: &Path) -> Vec<Hunk> {
    let Some(hash) = part.approved.as_deref().and_then(digits) else { return Vec::new() };
    let Ok(before) = fs::read(kept.join(hash)) else { return Vec::new() };
    let Some(after) = found.tree.file(&part.name) else { return Vec::new() };
    // What is kept is only shown if it is still what it is called.
    let is_it = hex::encode(&sha2::Sha256::digest(&before)) == hash;
    if !is_it || before.contains(&0) || after.bytes.contains(&0) || after.bytes.len() > LARGEST {
        return Vec::new();
    }
    diff(&before, &after.bytes).hunks
}

/// The digits of a hash as a lock writes it.
fn digits(line: &str) -> Option<&str> {
    let digits = line.strip_prefix("sha256:")?.split(' ').next()?;
    (digits.len() == 64 && digits.bytes().all(|it| it.is_ascii_hexdigit())).then_some(digits)
}

/// Keeps the texts that are approved, so that what changes in them can be shown.
pub(super) fn keep(invocation: &Invocation, found: &Found) -> Result<(), Failure> {
    let home = invocation.home()?;
    home.ensure()?;
    let folder = home.path().join(KEPT);
    fs::create_dir_all(&folder).map_err(|error| Failure::io("keep what is approved", Some(&folder), &error))?;
    for (_, entry) in found.tree.entries() {
        let Entry::File(file) = entry else { continue };
        if file.bytes.len() > LARGEST || !file.is_whole() || str::from_utf8(&file.bytes).is_err() {
            continue;
        }
        let path = folder.join(hex::encode(&file.sha256));
        if !path.exists() {
            fs::write(&path, &file.bytes).map_err(|error| Failure::io("keep what is approved", Some(&path), &error))?;
        }
    }
    Ok(())
}
