//! What a log keeps of its witnesses: for each, the newest checkpoint that it signed.
//!
//! It serves to say how far the log is witnessed, and as a first check. It lies beside the log, so it is no protection
//! against somebody who exchanges the whole folder; for that, ask the witness.

use crate::disk::{Disk, read_file, replace_file};
use crate::error::LedgerError;
use crate::note::{Checkpoint, Note, Verifier};
use crate::verify::Witnessed;
use portcullis_event::hex;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A checkpoint that a witness signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessedNote {
    /// Who.
    pub by: String,
    /// What they saw.
    pub checkpoint: Checkpoint,
    /// When, in seconds since 1970, by the witness's clock.
    pub time: u64,
}

impl From<WitnessedNote> for Witnessed {
    fn from(note: WitnessedNote) -> Self {
        Self { by: note.by, checkpoint: note.checkpoint }
    }
}

/// The folder where cosigned checkpoints are kept.
#[derive(Debug)]
pub struct Kept {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
}

impl Kept {
    /// The cosigned checkpoints of the log in `root`.
    pub fn of(disk: Arc<dyn Disk>, root: &Path) -> Self {
        Self { disk, folder: crate::folder(root).join("witnessed") }
    }

    /// Keeps a checkpoint that `witness` signed, if it really did.
    pub fn keep(&self, witness: &Verifier, note: &Note) -> Result<WitnessedNote, LedgerError> {
        let path = self.path(witness.name());
        let read = read(&path, &format!("{witness}\n{note}"))?;
        self.disk.create_folder(&self.folder).map_err(LedgerError::io("create", &self.folder))?;
        let text = format!("{witness}\n{note}");
        replace_file(self.disk.as_ref(), &path, text.as_bytes()).map_err(LedgerError::io("write", &path))?;
        Ok(read)
    }

    /// The newest checkpoint of each witness.
    pub fn all(&self) -> Result<Vec<WitnessedNote>, LedgerError> {
        let names = match self.disk.list(&self.folder) {
            Ok(names) => names,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(LedgerError::io("list", &self.folder)(error)),
        };
        let mut notes = names
            .iter()
            .filter(|name| name.strip_suffix(".note").is_some())
            .map(|name| self.load(&self.folder.join(name)))
            .collect::<Result<Vec<_>, _>>()?;
        notes.sort_by_key(|note| note.checkpoint.size);
        Ok(notes)
    }

    /// The newest checkpoint of one witness.
    pub fn by(&self, witness: &Verifier) -> Result<Option<WitnessedNote>, LedgerError> {
        let path = self.path(witness.name());
        if self.disk.open(&path, true).is_err() {
            return Ok(None);
        }
        self.load(&path).map(Some)
    }

    fn load(&self, path: &Path) -> Result<WitnessedNote, LedgerError> {
        let bytes = read_file(self.disk.as_ref(), path).map_err(LedgerError::io("read", path))?;
        read(path, &String::from_utf8_lossy(&bytes))
    }

    fn path(&self, witness: &str) -> PathBuf {
        let hash = hex::encode(&Sha256::digest(witness));
        self.folder.join(format!("{}.note", hash.get(..32).unwrap_or_default()))
    }
}

/// The first line is the witness's key; what follows is the note.
fn read(path: &Path, text: &str) -> Result<WitnessedNote, LedgerError> {
    let bad = |what: &str| LedgerError::damaged(path, what);
    let (key, note) = text.split_once('\n').ok_or_else(|| bad("it holds no checkpoint"))?;
    let key = Verifier::parse(key).map_err(|error| bad(&error.to_string()))?;
    let note = Note::parse(note).map_err(|error| bad(&error.to_string()))?;
    let time = note.verify(&key).map_err(|error| bad(&error.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| bad(&error.to_string()))?;
    let time = time.ok_or_else(|| bad("its signature states no time"))?;
    Ok(WitnessedNote { by: key.name().to_owned(), checkpoint, time })
}
