//! `portcullis trust lock`: a person approves what agents go by, as it is now.

use super::compared::{self, Compared};
use super::record::Answer;
use super::verify::Verify;
use super::view::Shown;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::servers::Store;
use clap::Args;
use portcullis_event::ConfigOp;
use portcullis_trust::lock::{Drift, NAME};
use std::fs;
use std::path::PathBuf;

/// Approves everything that agents go by here as it is now, in portcullis.lock.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    /// The folder to lock; the working folder if none is named
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Lock {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let root = invocation.cwd()?.join(self.folder.unwrap_or_default());
        let before = compared::approved(&root)?.unwrap_or_default();
        let compared = Compared::with(&before, &root)?;
        let gate = Gate::open(invocation)?;
        for one in &compared.drift {
            let (op, key) = match one {
                Drift::New(key) | Drift::Changed { key, .. } => (ConfigOp::Approve, key),
                Drift::Gone(key) => (ConfigOp::Block, key),
            };
            if let Answer::Asked(reasons) | Answer::Denied(reasons) = compared.record(&gate, invocation, (op, key))? {
                return Err(Failure::denied(&format!("{key} was not approved"), &reasons));
            }
        }
        let drift = Verify::shown(invocation, &compared)?;
        super::verify::keep(invocation, &compared.found)?;
        let (file, mut now) = (root.join(NAME), compared.now);
        let pins = Store::at(invocation.home()?).all()?;
        // What something within a run called itself is no reason to approve it for all.
        for seen in pins.iter().filter(|pins| pins.workspace == root && !pins.within_a_run) {
            let offers = seen.offers.iter().map(|(key, pinned)| (key.clone(), pinned.hash.clone())).collect();
            now.saw(&seen.name, &seen.launch, &offers);
        }
        fs::write(&file, now.render()).map_err(|error| Failure::io("write the lock", Some(&file), &error))?;
        invocation.output.show(&Shown { locked: now.items.len(), written: true, drift })?;
        Ok(Exit::Success)
    }
}
