//! `portcullis trust lock`: a person approves what agents go by, as it is now.

use super::record::Answer;
use super::verify::Verify;
use super::view::Shown;
use super::{read, record};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use clap::Args;
use portcullis_event::ConfigOp;
use portcullis_trust::lock::{self, Drift, NAME};
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
        let found = read::read(&root)?;
        super::verify::all_read(&found)?;
        let before = super::verify::read_lock(&root)?.unwrap_or_default();
        let mut now = lock::Lock::of(&found.tree);
        now.keep_tools_of(&before);
        let drift = lock::drift(&before, &now);
        let gate = Gate::open(invocation)?;
        for one in &drift {
            let (op, key) = match one {
                Drift::New(key) | Drift::Changed { key, .. } => (ConfigOp::Approve, key),
                Drift::Gone(key) => (ConfigOp::Block, key),
            };
            let hash = now.items.get(key).map(|item| item.hash.as_str());
            if let Answer::Asked(reasons) | Answer::Denied(reasons) =
                record::item(&gate, invocation, &root, (op, key), hash)?
            {
                return Err(Failure::denied(&format!("{key} was not approved"), &reasons));
            }
        }
        let drifted = Verify::shown(invocation, &found, &drift)?;
        super::verify::keep(invocation, &found)?;
        let file = root.join(NAME);
        fs::write(&file, now.render()).map_err(|error| Failure::io("write the lock", Some(&file), &error))?;
        invocation.output.show(&Shown { locked: now.items.len(), written: true, drift: drifted })?;
        Ok(Exit::Success)
    }
}
