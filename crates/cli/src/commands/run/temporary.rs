//! The folders of a run in place that nobody needs afterwards.

use super::models::Trusted;
use crate::failure::Failure;
use portcullis_changes::{CopyLimits, Layer, LayerName, SessionFolder, TreePath};
use portcullis_sandbox::Identity;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Folders of one run that are removed when this goes: its home folder, and one for temporary files, whose name is short because
/// the names of sockets must be. If root runs it as somebody else the copy is here as well, since nobody else gets into
/// root's own folders.
#[derive(Debug)]
pub(super) struct Temporary {
    base: PathBuf,
    /// The home folder inside.
    pub(super) home: PathBuf,
    /// What `TMPDIR` is inside.
    pub(super) files: PathBuf,
    /// The copy, if it is here.
    pub(super) workspace: Option<PathBuf>,
}

impl Temporary {
    pub(super) fn make(session: &SessionFolder, who: Identity) -> Result<Self, Failure> {
        let failed = |path: &Path, error: &std::io::Error| Failure::io("make a folder for the run", Some(path), error);
        let real = |path: &Path| fs::canonicalize(path).map_err(|error| failed(path, &error));
        let base = real(Path::new("/tmp"))?.join(format!("portcullis-{}", session.session().id));
        let for_somebody_else = who.instead_of.is_some();
        let temporary = if for_somebody_else {
            let [home, files, workspace] = ["home", "tmp", "work"].map(|name| base.join(name));
            Self { base, home, files, workspace: Some(workspace) }
        } else {
            Self { home: real(session.path())?.join("home"), files: base.clone(), base, workspace: None }
        };
        let mode = if for_somebody_else { 0o711 } else { 0o700 };
        // Somebody else's folder of this name is not taken.
        DirBuilder::new().mode(mode).create(&temporary.base).map_err(|error| failed(&temporary.base, &error))?;
        let others = [&temporary.home, &temporary.files]
            .into_iter()
            .chain(&temporary.workspace)
            .filter(|path| **path != temporary.base);
        for folder in others {
            DirBuilder::new().mode(0o700).create(folder).map_err(|error| failed(folder, &error))?;
            give(folder, who).map_err(|error| failed(folder, &error))?;
        }
        Ok(temporary)
    }

    /// Where programs find whom they are to trust. They could change it; then they believe somebody else, and nobody else does.
    pub(super) fn trusted(&self) -> Trusted {
        Trusted::within(&self.files)
    }

    /// Puts the copy where the session's changes are looked for, as the files of whom they are shown for.
    pub(super) fn bring_back(&self, session: &SessionFolder, who: Identity) -> Result<(), Failure> {
        let (Some(workspace), Some(layer)) = (&self.workspace, session.session().layers.first()) else { return Ok(()) };
        copied(workspace, &session.upper(layer), who.instead_of)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        for folder in [&self.home, &self.base] {
            // Nobody is here to be told of an error, and it is no more than a folder that is left.
            fs::remove_dir_all(folder).ok();
        }
    }
}

/// Copies everything below a folder that is the run's own. How much that may be was held by its limits.
pub(super) fn copied(from: &Path, to: &Path, owner: Option<(u32, u32)>) -> Result<(), Failure> {
    let layer = Layer {
        name: LayerName::Workspace,
        lower: from.to_owned(),
        upper: TreePath::root(),
        work: TreePath::root(),
        protected: Vec::new(),
        whole: true,
        rest: portcullis_event::Rest::new(),
    };
    let limits = CopyLimits { bytes: u64::MAX, entries: u64::MAX, ..CopyLimits::default() };
    portcullis_changes::copy(&layer, to, limits, owner)?;
    Ok(())
}

/// Gives what we made to the user of the run, if that is somebody else. Only our own hands were in it so far.
pub(super) fn give(made: &Path, who: Identity) -> std::io::Result<()> {
    if who.instead_of.is_none() {
        return Ok(());
    }
    std::os::unix::fs::lchown(made, Some(who.uid), Some(who.gid))?;
    if fs::symlink_metadata(made)?.is_dir() {
        for entry in fs::read_dir(made)? {
            give(&entry?.path(), who)?;
        }
    }
    Ok(())
}
