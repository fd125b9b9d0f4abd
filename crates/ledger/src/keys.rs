//! The keys of a ledger. They lie beside it, not in it: who copies the log does not get them, and erasing one of them
//! erases what it sealed while every proof holds.

use crate::disk::{Disk, read_file, replace_file};
use crate::error::LedgerError;
use crate::note::{Algorithm, Signer, Verifier};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The folder that keys are in, beside that of the ledger.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("keys")
}

fn signer_path(root: &Path) -> PathBuf {
    folder(root).join("ledger.key")
}

fn new_signer_path(root: &Path) -> PathBuf {
    folder(root).join("ledger.key.new")
}

fn genesis_path(root: &Path) -> PathBuf {
    folder(root).join("ledger.pub")
}

/// 32 bytes from the system's source of randomness.
pub(crate) fn random_seed() -> Result<Zeroizing<[u8; 32]>, LedgerError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut())
        .map_err(|error| LedgerError::io("read", "/dev/urandom")(std::io::Error::other(error.to_string())))?;
    Ok(seed)
}

fn key_error(path: &Path, why: impl std::fmt::Display) -> LedgerError {
    LedgerError::Key { path: path.to_owned(), why: why.to_string() }
}

/// Whether a ledger was ever completed in this place.
pub(crate) fn exist(disk: &dyn Disk, root: &Path) -> Result<bool, LedgerError> {
    exists(disk, &signer_path(root))
}

/// Whether there is a file. One that can't be opened is there, and that is an error.
pub(crate) fn exists(disk: &dyn Disk, path: &Path) -> Result<bool, LedgerError> {
    match disk.open(path, true) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(LedgerError::io("open", path)(error)),
    }
}

/// A new signing key under a provisional name. [`confirm`] makes it the key of the ledger.
pub(crate) fn draft(disk: &dyn Disk, root: &Path, origin: &str) -> Result<Signer, LedgerError> {
    let signer = Signer::from_seed(origin, Algorithm::Ed25519, &random_seed()?)
        .map_err(|error| key_error(&signer_path(root), error))?;
    let path = new_signer_path(root);
    replace_file(disk, &path, signer.to_text().as_bytes()).map_err(LedgerError::io("write", &path))?;
    Ok(signer)
}

/// Makes the drafted key the one that signs from now on.
pub(crate) fn confirm(disk: &dyn Disk, root: &Path) -> Result<(), LedgerError> {
    let (from, to) = (new_signer_path(root), signer_path(root));
    disk.rename(&from, &to).map_err(LedgerError::io("rename", from))?;
    disk.sync_folder(&folder(root)).map_err(LedgerError::io("sync", folder(root)))
}

/// Keeps the first public key; those after it are recorded in the log itself.
pub(crate) fn write_genesis(disk: &dyn Disk, root: &Path, key: &Verifier) -> Result<(), LedgerError> {
    let path = genesis_path(root);
    replace_file(disk, &path, format!("{key}\n").as_bytes()).map_err(LedgerError::io("write", &path))
}

/// The first public key of the ledger.
pub(crate) fn genesis(disk: &dyn Disk, root: &Path) -> Result<Verifier, LedgerError> {
    let path = genesis_path(root);
    let text = read_text(disk, &path)?;
    Verifier::parse(&text).map_err(|error| key_error(&path, error))
}

/// The key that signs.
pub(crate) fn signer(disk: &dyn Disk, root: &Path) -> Result<Signer, LedgerError> {
    let path = signer_path(root);
    let text = read_text(disk, &path)?;
    Signer::parse(&text).map_err(|error| key_error(&path, error))
}

/// The key drafted by a rotation that did not finish, if there is one.
pub(crate) fn drafted(disk: &dyn Disk, root: &Path) -> Option<Signer> {
    Signer::parse(&read_text(disk, &new_signer_path(root)).ok()?).ok()
}

fn read_text(disk: &dyn Disk, path: &Path) -> Result<Zeroizing<String>, LedgerError> {
    let bytes = Zeroizing::new(read_file(disk, path).map_err(LedgerError::io("read", path))?);
    let text = std::str::from_utf8(&bytes).map_err(|error| key_error(path, error))?;
    Ok(Zeroizing::new(text.to_owned()))
}
