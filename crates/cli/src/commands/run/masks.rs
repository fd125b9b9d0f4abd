//! Secret files of the workspace, and what is shown in their place.
//!
//! Names that policy denies are looked for once, before the start. In the place of each file stands one that says so;
//! in the place of a folder an empty one. The real ones are not part of the tree inside, so no link, no descriptor and
//! no other path leads to them.

use super::hidden::Hidden;
use super::world::World;
use crate::failure::Failure;
use portcullis_event::{AbsPath, Reason};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What is masked in a folder.
#[derive(Debug, Default)]
pub(super) struct Masks {
    /// The folder that lies over the real one, if anything is masked.
    pub(super) folder: Option<PathBuf>,
    /// What is masked, below the real folder, and why.
    pub(super) paths: Vec<(PathBuf, Reason)>,
}

impl World<'_> {
    /// Looks for what must not be seen below `real`, and writes what is shown instead into a folder of the session.
    pub(super) fn masks(&self, real: &Path, name: &str, deepest: usize) -> Result<Masks, Failure> {
        let paths = self.hidden().below(real, deepest);
        let mut masks = Masks { folder: None, paths };
        if !masks.paths.is_empty() {
            masks.folder = Some(self.write_masks(real, name, &masks)?);
        }
        Ok(masks)
    }

    /// The same for a folder at home, over which one of ours is laid in any case. What is shown through it as it is could
    /// be spoken to: mounted read-only, a socket and a pipe lead to whoever holds the other end all the same.
    pub(super) fn masks_at_home(&self, real: &Path, name: &str, deepest: usize) -> Result<Masks, Failure> {
        let mut masks = self.masks(real, name, deepest)?;
        if masks.folder.is_none() && real.is_dir() {
            masks.folder = Some(self.write_masks(real, name, &masks)?);
        }
        Ok(masks)
    }

    /// Why a path may not be seen, if it may not. A person can't be asked before the start, so that is a no as well.
    pub(super) fn against(&self, path: &Path) -> Option<Reason> {
        self.hidden().against(path)
    }

    /// What policy denies by a line that names it, and not just because no line opens it.
    pub(super) fn against_by_name(&self, path: &Path) -> Option<Reason> {
        // What has no name that policy could speak about is named by no line either.
        let path = AbsPath::from_os(path).ok().filter(|path| self.policy.names_against_file(path))?;
        self.policy.against_file(&path, false)
    }

    fn hidden(&self) -> Hidden<'_> {
        Hidden { policy: self.policy, workspace: self.workspace, home: self.home(), state: self.state }
    }

    fn write_masks(&self, real: &Path, name: &str, masks: &Masks) -> Result<PathBuf, Failure> {
        let folder = self.session.path().join("masks").join(name);
        let failed =
            |error: io::Error| Failure::io("write what is shown in the place of secrets", Some(&folder), &error);
        make(&folder).map_err(failed)?;
        for (path, reason) in &masks.paths {
            let mask = folder.join(path);
            lead_to(real, &folder, path).map_err(failed)?;
            cover(&real.join(path), &mask, reason).map_err(failed)?;
        }
        let like_it = || fs::set_permissions(&folder, fs::metadata(real)?.permissions());
        like_it().map_err(failed)?;
        Ok(folder)
    }
}

/// Writes what is shown in the place of something real: an empty folder, or a file that says why.
pub(super) fn cover(real: &Path, mask: &Path, reason: &Reason) -> io::Result<()> {
    let Ok(kind) = fs::symlink_metadata(real).map(|it| it.file_type()) else { return Ok(()) };
    if kind.is_dir() {
        make(mask)?;
        // Whatever is below the real folder of this name is not merged with it.
        rustix::fs::setxattr(mask, "user.overlay.opaque", b"y", rustix::fs::XattrFlags::empty())?;
        return Ok(());
    }
    fs::write(mask, instead(mask, reason))?;
    fs::set_permissions(mask, fs::Permissions::from_mode(0o444))
}

/// The folders above a mask, with the permissions of the real ones.
pub(super) fn lead_to(real: &Path, folder: &Path, path: &Path) -> io::Result<()> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).filter(|it| !it.as_os_str().is_empty()).collect();
    above.reverse();
    for part in above {
        make(&folder.join(part))?;
        fs::set_permissions(folder.join(part), fs::metadata(real.join(part))?.permissions())?;
    }
    Ok(())
}

fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(0o755).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// What stands in the place of a file: a line that a person, an agent and most parsers can read.
pub(super) fn instead(path: &Path, reason: &Reason) -> String {
    let line = reason.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    let text = format!("masked by Portcullis: {}{line}", reason.message);
    match path.extension().and_then(|it| it.to_str()) {
        Some("json") => format!("{{\"portcullis\": {}}}\n", serde_json::Value::from(text)),
        _ => format!("# {text}\n"),
    }
}
