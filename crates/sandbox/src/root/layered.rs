//! A folder whose changes stay in a layer of their own.

use super::translated::Translated;
use super::{Root, outside, plain};
use crate::error::{Doing as _, Error, Stage};
use crate::sys::raw;
use rustix::fd::OwnedFd;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, UnmountFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen,
    unmount,
};
use std::path::{Path, PathBuf};

/// Where layers lie while they are put together, if they come from outside of this namespace.
const LAYERS: &str = "/.layers";

/// Puts the layers together, mounted nowhere yet.
pub(super) fn mount(
    root: &mut Root,
    lower: &[PathBuf],
    upper: &Path,
    work: &Path,
    translated: Option<&Translated>,
) -> Result<OwnedFd, Error> {
    let mut open = |path: &PathBuf| match translated {
        // A layer must be mounted somewhere in this namespace.
        Some(translated) => attached(root, translated, path),
        None => outside(path),
    };
    let lower = lower.iter().map(&mut open).collect::<Result<Vec<_>, _>>()?;
    // Both must be below one mount.
    let parent = match translated {
        Some(translated) => Some(attached(root, translated, &common(upper, work)?)?),
        None => None,
    };
    let beside = |path: &Path| match &parent {
        Some(parent) => within(parent, path),
        None => outside(path),
    };
    let upper_path = upper;
    let (upper, work) = (beside(upper)?, beside(work)?);
    let lower: Vec<String> = lower.iter().map(named).collect();
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).doing(Stage::Tree)?;
    // Only attributes that a user may set mark what is hidden, since no other can be set here.
    fsconfig_set_flag(&context, "userxattr").doing(Stage::Tree)?;
    for (key, value) in [("lowerdir", lower.join(":")), ("upperdir", named(&upper)), ("workdir", named(&work))] {
        fsconfig_set_string(&context, key, value).doing(Stage::Tree)?;
    }
    fsconfig_create(&context).doing_at(Stage::Tree, upper_path)?;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, plain()).doing_at(Stage::Tree, upper_path)
}

fn attached(root: &mut Root, translated: &Translated, path: &Path) -> Result<OwnedFd, Error> {
    let tree = translated.tree(path)?;
    let at = Path::new(LAYERS).join(root.layers.len().to_string());
    root.place(&at)?.mount(&tree, true)?;
    root.layers.push(at);
    Ok(tree)
}

/// Takes the layers off, once this root has been entered: what was put together keeps them.
pub(super) fn take_off(layers: &[PathBuf]) -> Result<(), Error> {
    for at in layers {
        unmount(at, UnmountFlags::DETACH).doing_at(Stage::Pivot, at)?;
        rustix::fs::rmdir(at).doing_at(Stage::Pivot, at)?;
    }
    if layers.is_empty() { Ok(()) } else { rustix::fs::rmdir(LAYERS).doing(Stage::Pivot) }
}

/// A descriptor as a path: it means what was opened, whatever became of its name since.
fn named(descriptor: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", raw(descriptor))
}

fn common(upper: &Path, work: &Path) -> Result<PathBuf, Error> {
    match (upper.parent(), work.parent()) {
        (Some(one), Some(other)) if one == other => Ok(one.to_owned()),
        _ => Err(Error::new(Stage::Spec, "a layer and its working folder must lie beside each other").at(upper)),
    }
}

fn within(parent: &OwnedFd, path: &Path) -> Result<OwnedFd, Error> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
    let name = path.file_name().unwrap_or_default();
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(parent, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve).doing_at(Stage::Tree, path)
}
