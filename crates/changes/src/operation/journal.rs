//! What is written down about an operation, each in a file of its own that is there or is not.
//!
//! ```text
//! intent.json   an operation begins: where things are made ready
//! kept/<step>   contents that go
//! plan.json     everything is ready; from here on it is finished, not undone
//! outcome.json  it is finished, and what could not be done
//! ```

use super::state::State;
use crate::{ChangesError, Node, TreePath, atomic};
use portcullis_event::{EventId, hex};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// What an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Changes of the session are carried over.
    Apply,
    /// What an operation did is taken back.
    Revert { of: u64 },
}

/// An operation begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Intent {
    pub(crate) kind: Kind,
    /// The name of the folder, in each layer that is changed, in which things are made ready.
    pub(crate) stage: String,
    /// The layers that are changed, by their number in the session.
    pub(crate) layers: Vec<usize>,
}

/// Everything is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Whether one step that can't be done undoes all.
    pub(crate) all_or_nothing: bool,
    /// Where somebody had changed something before it was ready, and which is therefore left out.
    #[serde(default)]
    pub(crate) left_out: Vec<TreePath>,
}

/// One name changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Step {
    pub(crate) layer: usize,
    pub(crate) path: TreePath,
    pub(crate) before: State,
    pub(crate) after: State,
    /// What the system said about it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<Node>,
    /// The inode of what was made ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ready: Option<(u64, u64)>,
}

/// It is finished.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Ending {
    /// The steps at which something else was found than was expected.
    pub(crate) conflicts: Vec<usize>,
    /// The steps that were not done, the conflicts among them.
    pub(crate) not_done: Vec<usize>,
    /// Whether what was done is to be taken back.
    #[serde(default)]
    pub(crate) then_revert: bool,
}

/// The folder of an operation.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) number: u64,
    folder: PathBuf,
}

impl Journal {
    /// Begins the next operation of a session.
    pub(crate) fn begin(
        session: &Path,
        kind: Kind,
        id: &str,
        layers: Vec<usize>,
    ) -> Result<(Self, Intent), ChangesError> {
        let number = Self::all(session)?.last().map_or(1, |last| last.number + 1);
        let journal = Self { number, folder: applied(session).join(number.to_string()) };
        let create = |path: &Path, may_exist| {
            DirBuilder::new().recursive(may_exist).mode(0o700).create(path).map_err(ChangesError::io("create", path))
        };
        create(&applied(session), true)?;
        create(&journal.folder, false)?;
        create(&journal.kept(), false)?;
        // A name that the session could not know, and so not make.
        let random = EventId::fresh();
        let random = hex::encode(random.as_bytes().get(10..).unwrap_or_default());
        let intent = Intent { kind, stage: format!(".portcullis-{id}-{random}"), layers };
        journal.write("intent.json", &intent)?;
        atomic::sync_folder(&applied(session)).map_err(ChangesError::io("sync", &journal.folder))?;
        Ok((journal, intent))
    }

    /// The operations of a session, in their order.
    pub(crate) fn all(session: &Path) -> Result<Vec<Self>, ChangesError> {
        let folder = applied(session);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ChangesError::io("list", &folder)(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(ChangesError::io("list", &folder))?;
            if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                all.push(Self { number, folder: entry.path() });
            }
        }
        all.sort_by_key(|journal| journal.number);
        Ok(all)
    }

    /// The operation of this number.
    pub(crate) fn numbered(session: &Path, number: u64) -> Self {
        Self { number, folder: applied(session).join(number.to_string()) }
    }

    /// The folder of what is kept.
    pub(crate) fn kept(&self) -> PathBuf {
        self.folder.join("kept")
    }

    /// Where the contents that a step wrote are, once they have been taken out of the layer.
    pub(crate) fn written(&self, step: usize) -> PathBuf {
        self.kept().join(format!("written-{step}"))
    }

    pub(crate) fn intent(&self) -> Result<Option<Intent>, ChangesError> {
        self.read("intent.json")
    }

    pub(crate) fn plan(&self) -> Result<Option<Plan>, ChangesError> {
        self.read("plan.json")
    }

    pub(crate) fn result(&self) -> Result<Option<Ending>, ChangesError> {
        self.read("outcome.json")
    }

    pub(crate) fn write_plan(&self, plan: &Plan) -> Result<(), ChangesError> {
        self.write("plan.json", plan)
    }

    pub(crate) fn write_result(&self, result: &Ending) -> Result<(), ChangesError> {
        self.write("outcome.json", result)
    }

    /// Forgets an operation that changed nothing.
    pub(crate) fn forget(&self) -> Result<(), ChangesError> {
        fs::remove_dir_all(&self.folder).map_err(ChangesError::io("remove", &self.folder))
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), ChangesError> {
        let path = self.folder.join(name);
        let text = serde_json::to_vec(value).map_err(|error| damaged(&path, &error))?;
        atomic::write(&path, &text).map_err(ChangesError::io("write", &path))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ChangesError> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| damaged(&path, &error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ChangesError::io("read", &path)(error)),
        }
    }
}

/// The finished operations of a session, with what they were.
pub(crate) fn finished(session: &Path) -> Result<Vec<(Journal, Kind, Plan, Ending)>, ChangesError> {
    let mut finished = Vec::new();
    for journal in Journal::all(session)? {
        if let (Some(intent), Some(plan), Some(result)) = (journal.intent()?, journal.plan()?, journal.result()?) {
            finished.push((journal, intent.kind, plan, result));
        }
    }
    Ok(finished)
}

fn applied(session: &Path) -> PathBuf {
    session.join("applied")
}

fn damaged(path: &Path, error: &serde_json::Error) -> ChangesError {
    ChangesError::Damaged { path: path.to_owned(), what: error.to_string() }
}
