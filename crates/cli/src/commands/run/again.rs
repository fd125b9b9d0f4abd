//! Going on with a session: another run on the layers that it has.

use super::{Run, words};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::sessions;
use portcullis_changes::{Again, LayerName, Limits, LockedSession, ProcessMark, Resumed, SessionFolder};
use portcullis_sandbox::Identity;
use serde::ser::{SerializeMap as _, Serializer};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::SystemTime;

/// What a run writes into the folder of its session for itself, and the next one writes anew.
const MADE_ANEW: [&str; 2] = ["masks", "etc"];

impl Run {
    /// The session that was asked for, as one that runs again.
    pub(super) fn take_up(
        &self,
        invocation: &Invocation,
        given: &str,
        (workspace, who): (&Path, Identity),
        process: ProcessMark,
    ) -> Result<(LockedSession, Resumed), Failure> {
        let mut session = sessions::open_again(invocation, Some(given).filter(|given| !given.is_empty()))?;
        session.can_resume()?;
        if session.session().live.is_some() {
            return Err(Failure::usage(format!("session {} worked in the files themselves", session.session().id))
                .because("what it left is there, and no layer of it could be gone on with")
                .fix("start another: portcullis run --live -- COMMAND"));
        }
        is_of_this(session.folder(), workspace)?;
        is_of(session.folder(), who)?;
        for name in MADE_ANEW {
            let folder = session.folder().path().join(name);
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::io("make ready for another run", Some(&folder), &error));
                }
                Err(_) | Ok(()) => {}
            }
        }
        let again = Again { command: words(&self.command), started: SystemTime::now().into(), process };
        let resumed = session.resume(again, Limits::default())?;
        Ok((session, resumed))
    }
}

/// What is told of it to programs.
pub(super) fn in_short<S: Serializer>(resumed: &Resumed, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("waiting", &resumed.left.len())?;
    map.serialize_entry("drifted", &resumed.drifted)?;
    map.end()
}

/// A layer fits one folder only.
fn is_of_this(folder: &SessionFolder, workspace: &Path) -> Result<(), Failure> {
    let session = folder.session();
    let of = |name| session.layers.iter().find(|layer| layer.name == name).map(|layer| layer.lower.as_path());
    let worked_in = of(LayerName::Workspace);
    if worked_in != Some(workspace) {
        let elsewhere = worked_in.unwrap_or(Path::new("nowhere")).display().to_string();
        return Err(Failure::usage(format!("session {} worked in another folder", session.id))
            .at(&elsewhere)
            .fix(format!("change into it, and go on there: cd {elsewhere}")));
    }
    if of(LayerName::Git) != crate::repository::linked::git_folder(workspace).as_deref() {
        return Err(Failure::usage(format!("the git folder lies elsewhere than when session {} began", session.id))
            .because("what the session changed in it would lie over another one")
            .fix("apply what waits, or throw it away, and start anew: portcullis changes"));
    }
    Ok(())
}

/// What somebody else wrote can't be changed by whom the run would be.
fn is_of(folder: &SessionFolder, who: Identity) -> Result<(), Failure> {
    let owner = who.instead_of.map_or(who.uid, |(uid, _)| uid);
    for layer in &folder.session().layers {
        let upper = folder.upper(layer);
        let metadata = fs::symlink_metadata(&upper);
        let metadata = metadata.map_err(|error| Failure::io("look at the layer", Some(&upper), &error))?;
        if metadata.uid() != owner {
            let id = &folder.session().id;
            return Err(Failure::usage(format!(
                "session {id} ran as user {}, and this would be {owner}",
                metadata.uid()
            ))
            .fix("start it as the user that it ran as")
            .fix("or apply what waits, or throw it away, and start anew: portcullis changes"));
        }
    }
    Ok(())
}
