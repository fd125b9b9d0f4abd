//! The witnesses that a log is shown to: a list beside the ledger, kept by its owner.

use super::{Kept, SubmitError, Witness, WitnessedNote, git, http, submit};
use crate::disk::{Disk, read_file, replace_file};
use crate::error::LedgerError;
use crate::keys;
use crate::note::{Checkpoint, Note, Verifier};
use crate::read::Reader;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One witness and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum KnownWitness {
    /// It answers requests, as C2SP tlog-witness says.
    Http {
        /// Where.
        url: String,
        /// Its public key.
        key: String,
    },
    /// A reference in a git repository.
    Git {
        /// The repository's folder.
        repository: PathBuf,
    },
    /// Another user of this machine, who reads the ledger by themselves and keeps what they saw in a folder.
    Folder {
        /// The folder that they keep their state in.
        state: PathBuf,
        /// Their public key.
        key: String,
    },
}

impl std::fmt::Display for KnownWitness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http { url, .. } => f.write_str(url),
            Self::Git { repository } => write!(f, "git {}", repository.display()),
            Self::Folder { state, .. } => write!(f, "folder {}", state.display()),
        }
    }
}

/// What showing the log to a witness came to.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// A witness over HTTP did not sign.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A repository did not take the checkpoint.
    #[error(transparent)]
    Git(#[from] git::GitError),
    /// The witness's entry or state can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The witness has seen nothing of this log yet.
    #[error("{0} has not seen this log yet")]
    NothingSeen(String),
}

/// The list as it lies in its file. It remembers whose witnesses these are: a log that was begun anew in the place of
/// another one is not what they saw.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// The log's first public key, which also names it.
    log: String,
    witnesses: Vec<KnownWitness>,
}

/// The list of witnesses of the log in one place.
#[derive(Debug)]
pub struct KnownWitnesses {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    path: PathBuf,
}

impl KnownWitnesses {
    /// The list for the log in `root`.
    pub fn of(disk: Arc<dyn Disk>, root: &Path) -> Self {
        Self { disk, root: root.to_owned(), path: root.join("witnesses.json") }
    }

    /// All of them.
    pub fn all(&self) -> Result<Vec<KnownWitness>, LedgerError> {
        match read_file(self.disk.as_ref(), &self.path) {
            Ok(bytes) => self.parse(&bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(LedgerError::io("read", &self.path)(error)),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Vec<KnownWitness>, LedgerError> {
        let damaged = |what: String| LedgerError::damaged(&self.path, what);
        let list: List = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let log = self.log()?;
        if list.log == log {
            return Ok(list.witnesses);
        }
        Err(damaged(format!("its witnesses watch the log {}, and another one lies here: {log}", list.log)))
    }

    /// The first public key of the log that lies here.
    fn log(&self) -> Result<String, LedgerError> {
        Ok(keys::genesis(self.disk.as_ref(), &self.root)?.to_string())
    }

    /// Adds one, or replaces the one that is reached in the same way.
    pub fn add(&self, witness: KnownWitness) -> Result<(), LedgerError> {
        let mut all = self.all()?;
        all.retain(|known| known.to_string() != witness.to_string());
        all.push(witness);
        self.write(&all)
    }

    /// Takes one off the list. Returns whether it was on it.
    pub fn remove(&self, name: &str) -> Result<bool, LedgerError> {
        let mut all = self.all()?;
        let before = all.len();
        all.retain(|known| known.to_string() != name);
        self.write(&all)?;
        Ok(all.len() < before)
    }

    fn write(&self, all: &[KnownWitness]) -> Result<(), LedgerError> {
        let list = List { log: self.log()?, witnesses: all.to_vec() };
        let bytes =
            serde_json::to_vec_pretty(&list).map_err(|error| LedgerError::damaged(&self.path, error.to_string()))?;
        replace_file(self.disk.as_ref(), &self.path, &bytes).map_err(LedgerError::io("write", &self.path))
    }

    /// Shows the log's newest checkpoint to a witness, or, where it looks by itself, reads what it saw.
    pub fn show(&self, witness: &KnownWitness, reader: &Reader) -> Result<WitnessedNote, ShowError> {
        match witness {
            KnownWitness::Http { url, key } => Ok(submit(reader, url, &self.key(key)?)?),
            KnownWitness::Git { repository } => commit(repository, reader),
            KnownWitness::Folder { state, key } => {
                let seen = self.seen_in_folder(state, &self.key(key)?, &origin(reader)?)?;
                seen.ok_or_else(|| ShowError::NothingSeen(witness.to_string()))
            }
        }
    }

    /// What each witness that needs no network has seen, and what those over the network signed when last asked.
    pub fn remembered(&self, reader: &Reader) -> Result<Vec<WitnessedNote>, ShowError> {
        let mut notes = Kept::of(self.disk.clone(), &self.root).all()?;
        for witness in self.all()? {
            match &witness {
                KnownWitness::Http { .. } => {}
                KnownWitness::Git { repository } => {
                    for key in self.signing_keys()? {
                        notes.extend(git::witnessed(repository, &key)?);
                    }
                }
                KnownWitness::Folder { state, key } => {
                    notes.extend(self.seen_in_folder(state, &self.key(key)?, &origin(reader)?)?);
                }
            }
        }
        notes.sort_by_key(|note| note.checkpoint.size);
        Ok(notes)
    }

    /// What the witnesses over the network have seen, asked now.
    pub fn ask(&self, reader: &Reader) -> Result<Vec<WitnessedNote>, ShowError> {
        let origin = origin(reader)?;
        let mut notes = Vec::new();
        for witness in self.all()? {
            let KnownWitness::Http { url, key } = &witness else { continue };
            let target = format!("{}/{origin}/checkpoint", url.trim_end_matches('/'));
            let unreachable = |source| SubmitError::Unreachable { url: url.clone(), source };
            let response = http::get(&target).map_err(unreachable)?;
            if response.status == 404 {
                continue;
            }
            if response.status != 200 {
                let text = response.body.trim().to_owned();
                return Err(SubmitError::Refused { status: response.status, text }.into());
            }
            let note = Note::parse(&response.body).map_err(SubmitError::BadAnswer)?;
            notes.push(cosigned(&note, &self.key(key)?).map_err(SubmitError::BadAnswer)?);
        }
        Ok(notes)
    }

    fn seen_in_folder(&self, state: &Path, key: &Verifier, origin: &str) -> Result<Option<WitnessedNote>, LedgerError> {
        let Some(note) = Witness::seen(self.disk.as_ref(), state, origin)? else { return Ok(None) };
        cosigned(&note, key).map(Some).map_err(|error| LedgerError::damaged(state, error.to_string()))
    }

    /// The keys that a commit to a repository can be signed with: the first one of the log, and the present one.
    fn signing_keys(&self) -> Result<Vec<Verifier>, LedgerError> {
        let mut all = vec![keys::genesis(self.disk.as_ref(), &self.root)?];
        let present = keys::signer(self.disk.as_ref(), &self.root)?.verifier();
        if !all.contains(&present) {
            all.push(present);
        }
        Ok(all)
    }

    fn key(&self, text: &str) -> Result<Verifier, LedgerError> {
        Verifier::parse(text).map_err(|error| LedgerError::damaged(&self.path, error.to_string()))
    }
}

/// The log's name.
fn origin(reader: &Reader) -> Result<String, LedgerError> {
    let note = reader.extent()?.checkpoint;
    Checkpoint::parse(&note)
        .map(|checkpoint| checkpoint.origin)
        .map_err(|error| LedgerError::damaged(reader.folder(), error.to_string()))
}

/// A checkpoint that `key` has cosigned.
fn cosigned(note: &Note, key: &Verifier) -> Result<WitnessedNote, crate::note::NoteError> {
    let time = note.verify(key)?.unwrap_or(0);
    Ok(WitnessedNote { by: key.name().to_owned(), checkpoint: Checkpoint::parse(note.text())?, time })
}

/// Commits the newest checkpoint to a repository.
fn commit(repository: &Path, reader: &Reader) -> Result<WitnessedNote, ShowError> {
    let note = reader.extent()?.checkpoint;
    let checkpoint = Note::parse(&note)
        .and_then(|note| Checkpoint::parse(note.text()))
        .map_err(|error| LedgerError::damaged(reader.folder(), error.to_string()))?;
    let by = format!("git reference {}", git::commit(repository, &checkpoint, &note)?);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    Ok(WitnessedNote { by, checkpoint, time })
}
