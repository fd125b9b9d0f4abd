//! One command at a time on a session. The system releases the lock when its holder dies.

use crate::ChangesError;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The name of the file that is locked.
const NAME: &str = "lock";

/// Holds the lock of a session until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the session in `folder`, or says that somebody else has it. It does not wait: whoever holds it
    /// changes what the one who waits would have decided on.
    pub(crate) fn take(folder: &Path, id: &str) -> Result<Self, ChangesError> {
        let path = folder.join(NAME);
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        let file = file.map_err(ChangesError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(ChangesError::Busy(id.to_owned())),
            Err(TryLockError::Error(error)) => Err(ChangesError::io("lock", &path)(error)),
        }
    }
}
