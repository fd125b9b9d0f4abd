//! Whether a gateway can work: what it can't record does not pass, so its ledger has to be writable.

use crate::home::Home;
use portcullis_gateway::model::Ready;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whoever watches may ask as often as they like; the disk is asked this often at most.
const RARELY: Duration = Duration::from_secs(1);

/// A record fits.
const PROBE: [u8; 16 << 10] = [0; 16 << 10];

/// Says whether the ledger in this folder can be written.
pub(crate) fn of(home: &Home) -> Arc<Ready> {
    let probe = home.path().join(format!("probe-{}", std::process::id()));
    let last: Mutex<Option<(Instant, Result<(), String>)>> = Mutex::new(None);
    Arc::new(move || {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((at, answer)) if at.elapsed() < RARELY => answer.clone(),
            Some(_) | None => {
                let answer = write(&probe).map_err(|error| format!("the ledger can't be written: {error}"));
                *last = Some((Instant::now(), answer.clone()));
                answer
            }
        }
    })
}

/// A file that is gone again.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

fn write(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let _gone = Gone(path.to_owned());
    file.write_all(&PROBE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_can_not_be_written_is_not_ready_and_one_that_can_has_nothing_left_in_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(&Home::known(folder.path().to_owned()))(), Ok(()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let gone = of(&Home::known(folder.path().join("gone")));
        assert!(gone().unwrap_err().starts_with("the ledger can't be written"));
    }
}
