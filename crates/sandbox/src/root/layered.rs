//! A folder whose changes stay in a layer of their own.

use super::translated::Translated;
use super::{Root, memory, outside, plain};
use crate::error::{Doing as _, Error, Stage};
use crate::spec::Source;
use crate::sys::raw;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, openat2, statat};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, UnmountFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string,
    fsmount, fsopen, unmount,
};
use std::path::{Path, PathBuf};

/// Where layers lie while they are put together, if they come from outside of this namespace.
const LAYERS: &str = "/.layers";

/// Puts the layers together, mounted nowhere yet. Without a folder for changes nothing can be changed.
pub(super) fn mount(
    root: &mut Root,
    lower: &[Source],
    changes: Option<&Source>,
    translated: &Translated,
) -> Result<OwnedFd, Error> {
    let first = lower.first().ok_or_else(|| Error::new(Stage::Spec, "there is no layer"))?.path.as_path();
    let mut opened = lower.iter().map(|source| open(root, translated, source)).collect::<Result<Vec<_>, _>>()?;
    if let [only] = opened.as_slice()
        && changes.is_none()
    {
        // Of one folder alone the kernel makes no overlay. The one over it looks like it; what lies lowest is asked for no
        // attributes, which whoever may not read it could not be told.
        let mode = statat(only, "", AtFlags::EMPTY_PATH).doing_at(Stage::Tree, first)?.st_mode & 0o777;
        let flags = plain() | MountAttrFlags::MOUNT_ATTR_RDONLY;
        let nothing = memory("4k", &format!("{mode:o}"), flags).doing_at(Stage::Tree, first)?;
        opened.insert(0, kept_mounted(root, nothing)?);
    }
    let mut options = vec![("lowerdir", opened.iter().map(named).collect::<Vec<_>>().join(":"))];
    let kept = match changes {
        None => None,
        Some(changes) => {
            // Both must be below one mount.
            let folder = open(root, translated, changes)?;
            Some((within(&folder, changes, "upper")?, within(&folder, changes, "work")?))
        }
    };
    if let Some((upper, work)) = &kept {
        options.extend([("upperdir", named(upper)), ("workdir", named(work))]);
    }
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).doing_at(Stage::Tree, first)?;
    // Only attributes that a user may set mark what is hidden, since no other can be set here.
    fsconfig_set_flag(&context, "userxattr").doing_at(Stage::Tree, first)?;
    for (key, value) in options {
        fsconfig_set_string(&context, key, value).doing_at(Stage::Tree, first)?;
    }
    fsconfig_create(&context).doing_at(Stage::Tree, first)?;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, plain()).doing_at(Stage::Tree, first)
}

fn open(root: &mut Root, translated: &Translated, source: &Source) -> Result<OwnedFd, Error> {
    if !source.translated {
        return outside(&source.path);
    }
    kept_mounted(root, translated.tree(&source.path)?)
}

/// A layer must be mounted somewhere in this namespace.
fn kept_mounted(root: &mut Root, tree: OwnedFd) -> Result<OwnedFd, Error> {
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

fn within(folder: &OwnedFd, of: &Source, name: &str) -> Result<OwnedFd, Error> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let opened = openat2(folder, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve);
    opened.doing_at(Stage::Tree, &of.path.join(name))
}
