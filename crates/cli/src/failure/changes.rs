//! What stands in the way of working on a session's changes, with what to do about it.

use super::Failure;
use crate::exit::Exit;
use portcullis_changes::ChangesError;

impl From<ChangesError> for Failure {
    fn from(error: ChangesError) -> Self {
        let what = error.to_string();
        match error {
            ChangesError::Io { action, path, source } => Self::io(action, Some(&path), &source),
            ChangesError::NoSession => Self::usage(what).fix("start one: portcullis run -- COMMAND"),
            ChangesError::NoSuchSession(_) | ChangesError::Ambiguous { .. } | ChangesError::BadId(_) => {
                Self::usage(what).fix("`portcullis changes list` shows the sessions")
            }
            ChangesError::Damaged { path, what } => {
                Self::incomplete(what).at(path.to_string_lossy()).because("what is not understood is not applied")
            }
            ChangesError::Busy(_) => {
                Self::incomplete(what).fix("wait until it has ended; a session that runs is busy as well")
            }
            ChangesError::Running(_) => Self::incomplete(what)
                .because("what it changes could change again while it is applied")
                .fix("wait until it has ended"),
            ChangesError::TooManyChanges { .. } => Self::incomplete(what)
                .because("nobody can look through them")
                .fix("throw them away: portcullis changes discard"),
            ChangesError::TooMuchToCopy { .. } => Self::incomplete(what)
                .because("this machine refuses namespaces, so the command would work on a copy")
                .fix("start it in a smaller folder, or move what it does not need elsewhere")
                .fix("`portcullis doctor` says how this machine can give full walls, which need no copy"),
            ChangesError::TooMuchToSurvey { .. } => Self::incomplete(what)
                .because("what a live run changed is told from a record of what was there before")
                .fix("leave out `--live`, or start it in a smaller folder"),
            ChangesError::ThrownAway(_) => Self::usage(what).fix("start anew: portcullis run -- COMMAND"),
            ChangesError::OfACopy(_) => Self::usage(what)
                .because("it was killed before what it changed could be told from the copy")
                .fix("apply what it changed, or throw it away, and start anew: portcullis changes"),
            ChangesError::Interrupted | ChangesError::NoSuchOperation(_) => {
                Self { exit: Exit::Incomplete, ..Self::usage(what) }
            }
        }
    }
}
