//! Witnesses: somebody else who remembers how far a log had come.
//!
//! By itself, a log can't tell that its whole folder was exchanged for an older copy: everything in it fits together.
//! A witness keeps the newest checkpoint that it saw and signs only continuations of it. It should not be the user
//! whose agents are being recorded: another user of the machine, another host, a repository elsewhere.
//!
//! The rules and formats are those of C2SP tlog-witness and tlog-cosignature.

mod client;
pub mod git;
pub mod http;
mod kept;
mod known;
mod request;
mod watch;

pub use client::{SubmitError, submit};
pub use kept::{Kept, WitnessedNote};
pub use known::{KnownWitness, KnownWitnesses, ShowError};
pub use request::AddCheckpoint;
pub use watch::watch;

use crate::disk::{Disk, read_file, replace_file};
use crate::error::LedgerError;
use crate::keys::random_seed;
use crate::merkle;
use crate::note::{Algorithm, Checkpoint, Note, NoteError, Signer, Verifier};
use portcullis_event::hex;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a witness does not sign.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is not what it must be.
    #[error("the request is malformed: {0}")]
    Malformed(&'static str),
    /// The log is not one that this witness watches.
    #[error("this witness does not watch the log {0}")]
    UnknownLog(String),
    /// The checkpoint is not signed with the log's key.
    #[error("the checkpoint is not signed by its log: {0}")]
    NotSigned(NoteError),
    /// The request continues another size than the witness remembers.
    #[error("this witness has seen {size} records of the log")]
    Conflict {
        /// The size that the witness remembers.
        size: u64,
    },
    /// The checkpoint does not continue what the witness remembers: the log has two histories.
    #[error("the checkpoint does not continue the log as it was witnessed")]
    NotAContinuation,
    /// The witness can't keep what it sees, and therefore does not sign it.
    #[error(transparent)]
    Storage(#[from] LedgerError),
}

/// Watches logs and signs their checkpoints.
#[derive(Debug)]
pub struct Witness {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    signer: Signer,
}

impl Witness {
    /// Opens the witness that keeps its state in `folder`, and begins one named `name` if there is none.
    pub fn open(disk: Arc<dyn Disk>, folder: &Path, name: &str) -> Result<Self, LedgerError> {
        disk.create_folder(folder).map_err(LedgerError::io("create", folder))?;
        let path = folder.join("witness.key");
        let bad_key = |error: NoteError| LedgerError::Key { path: path.clone(), why: error.to_string() };
        let signer = match read_file(disk.as_ref(), &path) {
            Ok(bytes) => Signer::parse(&String::from_utf8_lossy(&bytes)).map_err(bad_key)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let signer = Signer::from_seed(name, Algorithm::CosignatureV1, &random_seed()?).map_err(bad_key)?;
                let text = signer.to_text();
                replace_file(disk.as_ref(), &path, text.as_bytes()).map_err(LedgerError::io("write", &path))?;
                signer
            }
            Err(error) => return Err(LedgerError::io("read", &path)(error)),
        };
        Ok(Self { disk, folder: folder.to_owned(), signer })
    }

    /// The key that logs check this witness's signatures with.
    pub fn verifier(&self) -> Verifier {
        self.signer.verifier()
    }

    /// Watches the log whose key this is from now on. For a log that is known, this replaces its key: its owner has
    /// rotated it.
    pub fn trust(&self, key: &Verifier) -> Result<(), LedgerError> {
        let folder = self.log_folder(key.name());
        self.disk.create_folder(&folder).map_err(LedgerError::io("create", &folder))?;
        self.write(&folder.join("key"), &format!("{key}\n"))
    }

    /// The newest checkpoint that was seen of a log.
    pub fn latest(&self, origin: &str) -> Result<Option<Note>, LedgerError> {
        Self::seen(self.disk.as_ref(), &self.folder, origin)
    }

    /// What the witness that keeps its state in `folder` has seen of a log. This needs none of its keys.
    pub fn seen(disk: &dyn Disk, folder: &Path, origin: &str) -> Result<Option<Note>, LedgerError> {
        let path = log_folder(folder, origin).join("checkpoint");
        match read_file(disk, &path) {
            Ok(bytes) => Note::parse(&String::from_utf8_lossy(&bytes))
                .map(Some)
                .map_err(|error| LedgerError::damaged(&path, error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LedgerError::io("read", &path)(error)),
        }
    }

    /// The checkpoint inside [`Witness::latest`].
    pub fn latest_checkpoint(&self, origin: &str) -> Result<Option<Checkpoint>, LedgerError> {
        let path = self.log_folder(origin).join("checkpoint");
        let parse =
            |note: Note| Checkpoint::parse(note.text()).map_err(|error| LedgerError::damaged(&path, error.to_string()));
        self.latest(origin)?.map(parse).transpose()
    }

    /// Signs a checkpoint if it continues what was seen before. It is remembered before it is signed.
    pub fn add(&self, request: &AddCheckpoint, now: u64) -> Result<String, Refusal> {
        let lock_path = self.folder.join("lock");
        let lock = self.disk.open_lock(&lock_path).map_err(LedgerError::io("open", &lock_path))?;
        lock.acquire().map_err(LedgerError::io("lock", &lock_path))?;
        let result = self.add_locked(request, now);
        lock.release().map_err(LedgerError::io("unlock", &lock_path))?;
        result
    }

    fn add_locked(&self, request: &AddCheckpoint, now: u64) -> Result<String, Refusal> {
        let new = Checkpoint::parse(request.note.text()).map_err(|_| Refusal::Malformed("its checkpoint"))?;
        let key = self.key_of(&new.origin)?;
        request.note.verify(&key).map_err(Refusal::NotSigned)?;
        if request.old > new.size {
            return Err(Refusal::Malformed("its old size is above that of its checkpoint"));
        }
        let seen = self.latest_checkpoint(&new.origin)?;
        let (size, root) = seen.map_or((0, merkle::empty_root()), |seen| (seen.size, seen.root));
        if request.old != size {
            return Err(Refusal::Conflict { size });
        }
        if !merkle::verify_consistency(size, &root, new.size, &new.root, &request.proof) {
            self.keep_evidence(request, &new, now)?;
            return Err(Refusal::NotAContinuation);
        }
        let (_, line) = self.sign_and_keep(&new.origin, request.note.clone(), now)?;
        Ok(line)
    }

    /// Signs a note and remembers it. The signature leaves only after it is remembered.
    fn sign_and_keep(&self, origin: &str, mut note: Note, now: u64) -> Result<(Note, String), LedgerError> {
        let path = self.log_folder(origin).join("checkpoint");
        let line = self.signer.sign(note.text(), now);
        note.add_signatures(&line).map_err(|error| LedgerError::damaged(&path, error.to_string()))?;
        self.write(&path, &note.to_string())?;
        Ok((note, line))
    }

    /// Remembers and signs a checkpoint of a log that was checked from its first record, under its first key, to its
    /// last, under its present one.
    fn remember(&self, seen: &Seen<'_>, note: Note, now: u64) -> Result<Note, LedgerError> {
        let Seen { place, first, key } = seen;
        self.trust(key)?;
        self.write(&self.log_folder(first.name()).join("first-key"), &format!("{first}\n"))?;
        let path = self.place_path(place);
        self.disk.create_folder(&self.folder.join("places")).map_err(LedgerError::io("create", &path))?;
        self.write(&path, key.name())?;
        Ok(self.sign_and_keep(key.name(), note, now)?.0)
    }

    fn key_of(&self, origin: &str) -> Result<Verifier, Refusal> {
        let path = self.log_folder(origin).join("key");
        let bytes = read_file(self.disk.as_ref(), &path).map_err(|_| Refusal::UnknownLog(origin.to_owned()))?;
        let key = Verifier::parse(&String::from_utf8_lossy(&bytes))
            .map_err(|error| LedgerError::Key { path, why: error.to_string() })?;
        if key.name() == origin { Ok(key) } else { Err(Refusal::UnknownLog(origin.to_owned())) }
    }

    /// A signed checkpoint that contradicts another one is a proof; it is worth keeping.
    fn keep_evidence(&self, request: &AddCheckpoint, new: &Checkpoint, now: u64) -> Result<(), LedgerError> {
        let name = format!("evidence-{now}-{}-{}", new.size, hex::encode(new.root.get(..4).unwrap_or_default()));
        self.write(&self.log_folder(&new.origin).join(name), &request.note.to_string())
    }

    /// Checks that a log begins with the key that it began with before. Whoever has not got that key could sign another
    /// continuation of the same records with a key of their own, and only the first key tells.
    fn check_first_key(&self, place: &Path, first: &Verifier) -> Result<(), LedgerError> {
        let path = self.log_folder(first.name()).join("first-key");
        match read_file(self.disk.as_ref(), &path) {
            Ok(before) if before == format!("{first}\n").as_bytes() => Ok(()),
            Ok(_) => {
                let what =
                    format!("the log {} begins with another key than when it was witnessed before", first.name());
                Err(LedgerError::damaged(place, what))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(LedgerError::io("read", path)(error)),
        }
    }

    /// Checks that the log in a folder is the one that was there before: a new one in its place is no continuation.
    fn check_place(&self, place: &Path, origin: &str) -> Result<(), LedgerError> {
        let path = self.place_path(place);
        match read_file(self.disk.as_ref(), &path) {
            Ok(before) if before == origin.as_bytes() => Ok(()),
            Ok(before) => {
                let what =
                    format!("it holds the log {origin}, but {} was witnessed here", String::from_utf8_lossy(&before));
                Err(LedgerError::damaged(place, what))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(LedgerError::io("read", path)(error)),
        }
    }

    fn place_path(&self, place: &Path) -> PathBuf {
        let hash = hex::encode(&Sha256::digest(place.as_os_str().as_encoded_bytes()));
        self.folder.join("places").join(hash.get(..32).unwrap_or_default())
    }

    fn log_folder(&self, origin: &str) -> PathBuf {
        log_folder(&self.folder, origin)
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), LedgerError> {
        replace_file(self.disk.as_ref(), path, text.as_bytes()).map_err(LedgerError::io("write", path))
    }
}

/// A log as it was found.
struct Seen<'a> {
    place: &'a Path,
    first: &'a Verifier,
    key: &'a Verifier,
}

/// Where a witness keeps what it knows of a log. The origin is a name of the log's choosing; its hash is a safe name.
fn log_folder(state: &Path, origin: &str) -> PathBuf {
    let hash = hex::encode(&Sha256::digest(origin));
    state.join("logs").join(hash.get(..32).unwrap_or_default())
}
