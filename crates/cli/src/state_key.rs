//! Keys in a user's state. Each is made when it is first needed, and nobody else can read it.

use crate::failure::Failure;
use crate::home::Home;
use crate::whole;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// What a key is for, as it is said when something is wrong with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// Completes "the key that …".
    pub(crate) what: &'static str,
    /// Why a damaged one matters.
    pub(crate) why: &'static str,
}

/// The key in this file below the folder of the state.
pub(crate) fn key(home: &Home, file: &Path, purpose: Purpose) -> Result<[u8; 32], Failure> {
    let path = home.path().join(file);
    let bytes = whole::if_there(fs::read(&path))
        .map_err(|error| Failure::io(&format!("read the key that {}", purpose.what), Some(&path), &error))?;
    match bytes {
        Some(bytes) => read(&bytes, &path, purpose),
        None => make(home, file, purpose),
    }
}

fn read(bytes: &[u8], path: &Path, purpose: Purpose) -> Result<[u8; 32], Failure> {
    <[u8; 32]>::try_from(bytes).map_err(|_| {
        Failure::incomplete(format!("the key that {} is damaged", purpose.what))
            .at(path.to_string_lossy())
            .because(purpose.why)
            .fix("bring the file back from a backup, or remove it to begin anew")
    })
}

fn make(home: &Home, file: &Path, purpose: Purpose) -> Result<[u8; 32], Failure> {
    home.ensure()?;
    let path = home.path().join(file);
    let failed = |error: io::Error| Failure::io(&format!("write the key that {}", purpose.what), Some(&path), &error);
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Failure::incomplete(format!("there is no randomness: {error}")))?;
    // Of two processes that come first one wins, and both use its key.
    match whole::first(&path, &key) {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self::key(home, file, purpose),
        Err(error) => Err(failed(error)),
    }
}
