//! Which live sessions work in the files of their workspaces, or were killed while they did: an empty file for each beside the
//! sessions, so that a run can tell at its start without reading them all.

use crate::{ChangesError, LockedSession, SessionFolder, SessionStore, atomic};
use std::fs::{self, File};
use std::path::PathBuf;

/// What the names of these files begin with. No session is called like that.
const MARK: &str = ".live-";

impl SessionStore {
    /// The live sessions that were not compared yet with what was there before them.
    pub fn open_live(&self) -> Result<Vec<SessionFolder>, ChangesError> {
        let mut open = Vec::new();
        for name in self.names()? {
            let Some(id) = name.strip_prefix(MARK) else { continue };
            if !self.path().join(id).is_dir() {
                // The session is gone, by whatever hand.
                fs::remove_file(self.path().join(&name)).ok();
                continue;
            }
            // One that can't be read is told by whoever lists the sessions.
            open.extend(self.read(id).ok().filter(|it| it.session().live == Some(crate::Live::Open)));
        }
        Ok(open)
    }
}

impl LockedSession {
    /// Says that the session is about to work in the files.
    pub(super) fn mark_live(&self) -> Result<(), ChangesError> {
        let mark = mark(self.folder());
        let written = File::create(&mark).and_then(|file| file.sync_all());
        // A session that is open without its mark would be found by nobody.
        let kept = written.and_then(|()| mark.parent().map_or(Ok(()), atomic::sync_folder));
        kept.map_err(ChangesError::io("write", &mark))
    }

    /// Takes that back. A mark that stays costs a look.
    pub(super) fn unmark_live(&self) {
        fs::remove_file(mark(self.folder())).ok();
    }
}

fn mark(session: &SessionFolder) -> PathBuf {
    session.path().with_file_name(format!("{MARK}{}", session.session().id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::walk::Survey;
    use crate::{LayerName, NewLayer, NewSession, ProcessMark, State};
    use std::time::SystemTime;

    #[test]
    fn a_live_session_is_known_until_it_was_compared_or_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let store = SessionStore::at(home.path().join("sessions"));
        let new = || NewSession {
            command: vec!["make".to_owned()],
            started: SystemTime::now().into(),
            state: State::Running(ProcessMark::of(std::process::id()).unwrap()),
            layers: vec![NewLayer { name: LayerName::Workspace, lower: home.path().to_owned(), protected: Vec::new() }],
        };
        let ids = || store.open_live().unwrap().iter().map(|it| it.session().id.to_string()).collect::<Vec<_>>();
        assert!(ids().is_empty(), "there is no folder yet");
        let [mut one, mut two] = [(); 2].map(|()| store.create(SessionStore::fresh_id().unwrap(), new()).unwrap());
        store.create(SessionStore::fresh_id().unwrap(), new()).unwrap();
        assert!(ids().is_empty(), "none of them is live");
        one.begin_live(&Survey::default(), &[]).unwrap();
        two.begin_live(&Survey::default(), &[]).unwrap();
        assert_eq!(ids().len(), 2);
        one.end_live(0).unwrap();
        assert_eq!(ids(), [two.session().id.to_string()]);
        two.remove().unwrap();
        assert!(ids().is_empty());
        assert_eq!(fs::read_dir(store.path()).unwrap().count(), 2, "no mark is left beside the other two");
    }
}
