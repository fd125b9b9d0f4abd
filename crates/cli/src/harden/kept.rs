//! What was in a file before it was written, so that it can be taken back: one record for each file, in the user's state, which
//! nobody else can read. Settings may hold keys.

use crate::failure::Failure;
use crate::home::Home;
use crate::whole::{self, Rights};
use portcullis_event::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Below the state.
const FOLDER: &str = "hardened";

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// Its path.
    pub(crate) path: PathBuf,
    /// The tool that reads it.
    pub(crate) tool: String,
    /// Whose settings it holds.
    pub(crate) scope: String,
    /// What was written, the first first. Between two of them somebody else changed the file.
    pub(crate) steps: Vec<Step>,
    /// The folders that were made for it, the innermost first.
    pub(crate) folders: Vec<PathBuf>,
}

/// One time that it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// What was there; nothing if there was no file.
    pub(crate) before: Option<String>,
    /// What was written.
    pub(crate) after: String,
}

impl Kept {
    /// Adds what is about to be written. What goes on from what we wrote ourselves is one step with it.
    pub(crate) fn add(&mut self, step: Step) {
        match self.steps.last_mut() {
            Some(last) if step.before.as_deref() == Some(&*last.after) => last.after = step.after,
            Some(_) | None => self.steps.push(step),
        }
    }
}

/// All records.
#[derive(Debug)]
pub(crate) struct Keeping {
    folder: PathBuf,
}

impl Keeping {
    /// Those of a user.
    pub(crate) fn of(home: &Home) -> Self {
        Self { folder: home.path().join(FOLDER) }
    }

    fn file(&self, path: &Path) -> PathBuf {
        let digest = Sha256::digest(path.as_os_str().as_bytes());
        self.folder.join(format!("{}.json", hex::encode(&digest)))
    }

    /// Every record, in the order of their paths.
    pub(crate) fn all(&self) -> Result<Vec<Kept>, Failure> {
        let failed = |error: io::Error| Failure::io("read what was written", Some(&self.folder), &error);
        let Some(entries) = whole::if_there(fs::read_dir(&self.folder)).map_err(failed)? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                all.extend(read(&path)?);
            }
        }
        all.sort_by(|one: &Kept, other| one.path.cmp(&other.path));
        Ok(all)
    }

    /// The record of a file.
    pub(crate) fn get(&self, path: &Path) -> Result<Option<Kept>, Failure> {
        read(&self.file(path))
    }

    /// Writes a record, and returns once it is on the disk.
    pub(crate) fn put(&self, kept: &Kept) -> Result<(), Failure> {
        let path = self.file(&kept.path);
        let failed = |error: io::Error| Failure::io("keep what is there now", Some(&path), &error);
        let text = serde_json::to_string_pretty(kept).map_err(|error| Failure::incomplete(error.to_string()))?;
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        whole::replace(&path, text.as_bytes(), Rights::Private).map_err(failed)
    }

    /// Forgets a file.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), Failure> {
        let file = self.file(path);
        fs::remove_file(&file).map_err(|error| Failure::io("forget what was written", Some(&file), &error))
    }
}

fn read(path: &Path) -> Result<Option<Kept>, Failure> {
    let text = whole::if_there(fs::read_to_string(path))
        .map_err(|error| Failure::io("read what was written", Some(path), &error))?;
    let Some(text) = text else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        Failure::incomplete(format!("a record of what was written can't be read: {error}")).at(path.to_string_lossy())
    })
}
