//! Which sessions of a repository hold changes that nobody has said anything about: a small file for each, so that a run can
//! tell at its start without reading them all.
//!
//! It is a reminder and nothing else. What really waits is read from the session itself.

use crate::invocation::Invocation;
use crate::repository;
use crate::whole;
use portcullis_changes::Session;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The latest session that waits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Waiting {
    /// Its id.
    pub(crate) session: String,
    /// How many of its changes wait.
    pub(crate) changes: usize,
    /// How many more sessions of the same repository wait.
    pub(crate) others: usize,
}

/// Notes how many changes of a session wait.
pub(crate) fn note(invocation: &Invocation, session: &Session, changes: usize) {
    let (Ok(home), Some(layer)) = (invocation.home(), session.layers.first()) else { return };
    let folder = of_repository(home.path(), &layer.lower);
    // Nobody is reminded then, and nothing else depends on it.
    write(&folder, session.id.as_str(), changes).ok();
}

fn write(folder: &Path, session: &str, changes: usize) -> io::Result<()> {
    let file = folder.join(session);
    if changes > 0 {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        return fs::write(file, changes.to_string());
    }
    match whole::if_there(fs::remove_file(file))? {
        None => Ok(()),
        Some(()) => fs::remove_dir(folder),
    }
}

/// How many changes of a session wait, as far as that was noted.
pub(crate) fn of(home: &Path, session: &Session) -> usize {
    let file = session.layers.first().map(|layer| of_repository(home, &layer.lower).join(session.id.as_str()));
    file.and_then(|file| fs::read_to_string(file).ok()).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// What waits in this repository.
pub(crate) fn here(home: &Path, workspace: &Path) -> Option<Waiting> {
    let folder = of_repository(home, workspace);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).ok()?.flatten() {
        let Ok(session) = entry.file_name().into_string() else { continue };
        if !home.join("sessions").join(&session).is_dir() {
            // The session is gone, by whatever hand.
            fs::remove_file(entry.path()).ok();
            continue;
        }
        let changes = fs::read_to_string(entry.path()).ok().and_then(|text| text.trim().parse().ok());
        let written = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        found.extend(changes.map(|changes: usize| (written, session, changes)));
    }
    let others = found.len().saturating_sub(1);
    found.into_iter().max().map(|(_, session, changes)| Waiting { session, changes, others })
}

fn of_repository(home: &Path, workspace: &Path) -> PathBuf {
    home.join("sessions/.waiting").join(repository::name_for(workspace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_or_done_does_not_wait() {
        let home = tempfile::tempdir().unwrap();
        let repository = Path::new("/repository");
        let folder = of_repository(home.path(), repository);
        for id in ["one", "two", "gone"] {
            write(&folder, id, 3).unwrap();
        }
        for id in ["one", "two"] {
            fs::create_dir_all(home.path().join("sessions").join(id)).unwrap();
        }
        assert_eq!(here(home.path(), repository).map(|it| (it.changes, it.others)), Some((3, 1)));
        write(&folder, "one", 0).ok();
        assert_eq!(here(home.path(), repository).unwrap(), Waiting { session: "two".into(), changes: 3, others: 0 });
        write(&folder, "two", 0).unwrap();
        assert_eq!(here(home.path(), repository), None);
        assert!(!folder.exists());
        assert_eq!(here(home.path(), Path::new("/another")), None);
    }
}
