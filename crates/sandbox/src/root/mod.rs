//! The tree that the command sees, put together from descriptors.
//!
//! The new root is mounted over the old one but not entered: absolute paths still mean the tree outside, and paths
//! below [`Root`] the one that is being built. No symbolic link is followed in either: what the spec names are real
//! paths, and one that turned into a link since is refused.

mod devices;
mod layered;
mod place;
pub(crate) mod processes;
pub(crate) mod socket;
pub(crate) mod translated;

use crate::error::{Doing as _, Error, Stage};
use crate::spec::Mount;
use crate::sys::{MountAttributes, mount_setattr};
use place::Place;
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2, statat};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
    fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount_change, move_mount, open_tree, unmount,
};
use std::path::{Path, PathBuf};
use translated::Translated;

/// Attributes that everything from outside gets.
pub(crate) const PLAIN: u64 =
    (MountAttrFlags::MOUNT_ATTR_NOSUID.bits() | MountAttrFlags::MOUNT_ATTR_NODEV.bits()) as u64;
pub(crate) const READ_ONLY: u64 = MountAttrFlags::MOUNT_ATTR_RDONLY.bits() as u64;
const PRIVATE: u64 = MountPropagationFlags::PRIVATE.bits() as u64;

/// How much fits on the root itself: it holds folders, links and small files only.
const ROOT_BYTES: &str = "16m";

/// A root that is being built.
#[derive(Debug)]
pub(crate) struct Root {
    top: OwnedFd,
    /// Where layers lie that must be taken off again.
    layers: Vec<PathBuf>,
    /// Sockets that were bound, in the order of the spec.
    sockets: Vec<OwnedFd>,
}

impl Root {
    /// An empty root over the old one.
    pub(crate) fn new() -> Result<Self, Error> {
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).doing(Stage::Tree)?;
        let top = memory(ROOT_BYTES, "755", MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV)
            .doing(Stage::Tree)?;
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
        move_mount(&top, "", CWD, "/", flags).doing(Stage::Tree)?;
        Ok(Self { top, layers: Vec::new(), sockets: Vec::new() })
    }

    /// Puts everything in its place.
    pub(crate) fn build(&mut self, mounts: &[Mount], translated: &Translated) -> Result<(), Error> {
        mounts.iter().try_for_each(|mount| self.add(mount, translated))
    }

    fn add(&mut self, mount: &Mount, translated: &Translated) -> Result<(), Error> {
        match mount {
            Mount::Folder { at, mode } => self.place(at)?.folder(*mode).map(drop),
            Mount::Link { at, to } => self.place(at)?.link(to),
            Mount::Text { at, text } => self.place(at)?.text(text),
            Mount::Memory { at, bytes, mode } => {
                let tree = memory(&bytes.to_string(), &format!("{mode:o}"), plain()).doing_at(Stage::Tree, at)?;
                self.place(at)?.mount(&tree, true)
            }
            Mount::Show { from, at, writable } => {
                let tree = if from.translated { translated.tree(&from.path)? } else { copy_of(&from.path)? };
                self.show(tree.as_fd(), &from.path, at, *writable)
            }
            Mount::Layered { lower, changes, at } => {
                let tree = layered::mount(self, lower, Some(changes), translated)?;
                self.place(at)?.mount(&tree, true)
            }
            Mount::Merged { folders, at } => {
                let tree = layered::mount(self, folders, None, translated)?;
                self.place(at)?.mount(&tree, true)
            }
            Mount::Hidden { at } => self.hide(at),
            Mount::Closed { by: None, at } => self.freeze(at),
            Mount::Closed { by: Some(by), at } => {
                let tree = if by.translated { translated.tree(&by.path)? } else { copy_of(&by.path)? };
                self.cover(tree.as_fd(), at)
            }
            Mount::Socket { at } => {
                let socket = self.place(at)?.socket()?;
                self.sockets.push(socket);
                Ok(())
            }
            Mount::Processes { at } => processes::mount(self, at),
            Mount::Devices { at, shared_memory } => devices::mount(self, at, *shared_memory),
        }
    }

    fn show(&self, tree: BorrowedFd<'_>, from: &Path, at: &Path, writable: bool) -> Result<(), Error> {
        let set = if writable { PLAIN } else { PLAIN | READ_ONLY };
        attributes(tree, set).doing_at(Stage::Tree, at)?;
        self.place(at)?.mount(&tree, is_folder(tree).doing_at(Stage::Tree, from)?)
    }

    /// Covers what is there.
    fn hide(&self, at: &Path) -> Result<(), Error> {
        let Some((place, is_folder)) = self.place(at)?.existing()? else { return Ok(()) };
        let tree = if is_folder {
            memory("4k", "555", plain() | MountAttrFlags::MOUNT_ATTR_RDONLY).doing_at(Stage::Tree, at)?
        } else {
            copy_of(Path::new("/dev/null"))?
        };
        if !is_folder {
            attributes(tree.as_fd(), READ_ONLY | u64::from(MountAttrFlags::MOUNT_ATTR_NOSUID.bits()))
                .doing_at(Stage::Tree, at)?;
        }
        attach(tree.as_fd(), place.as_fd()).doing_at(Stage::Tree, at)
    }

    /// Covers something with itself, not to be changed.
    fn freeze(&self, at: &Path) -> Result<(), Error> {
        let Some((place, _)) = self.place(at)?.existing()? else { return Ok(()) };
        let tree = clone_tree(place.as_fd()).doing_at(Stage::Tree, at)?;
        attributes(tree.as_fd(), PLAIN | READ_ONLY).doing_at(Stage::Tree, at)?;
        attach(tree.as_fd(), place.as_fd()).doing_at(Stage::Tree, at)
    }

    /// Covers something with something of the same sort, not to be changed. What became something else meanwhile is refused.
    fn cover(&self, tree: BorrowedFd<'_>, at: &Path) -> Result<(), Error> {
        let Some((place, _)) = self.place(at)?.existing()? else { return Ok(()) };
        attributes(tree, PLAIN | READ_ONLY).doing_at(Stage::Tree, at)?;
        attach(tree, place.as_fd()).doing_at(Stage::Tree, at)
    }

    fn place<'a>(&'a self, at: &'a Path) -> Result<Place<'a>, Error> {
        Place::new(self.top.as_fd(), at)
    }

    /// Makes this the root and lets go of the old one, for good. The root itself can't be changed any more. What was bound
    /// in it is handed on.
    pub(crate) fn enter(self) -> Result<Vec<OwnedFd>, Error> {
        rustix::process::fchdir(&self.top).doing(Stage::Pivot)?;
        rustix::process::pivot_root(".", ".").doing(Stage::Pivot)?;
        // The old root now lies over the new one.
        unmount(".", UnmountFlags::DETACH).doing(Stage::Pivot)?;
        rustix::process::chdir("/").doing(Stage::Pivot)?;
        layered::take_off(&self.layers)?;
        let read_only = MountAttributes { set: READ_ONLY, ..MountAttributes::default() };
        mount_setattr(self.top.as_fd(), false, &read_only).doing(Stage::Pivot)?;
        Ok(self.sockets)
    }
}

fn plain() -> MountAttrFlags {
    MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV
}

/// An empty file system in memory, mounted nowhere yet.
fn memory(size: &str, mode: &str, flags: MountAttrFlags) -> rustix::io::Result<OwnedFd> {
    let options = [("size", size), ("mode", mode)];
    file_system("tmpfs", &options, flags)
}

/// A file system of a kind, mounted nowhere yet.
fn file_system(kind: &str, options: &[(&str, &str)], flags: MountAttrFlags) -> rustix::io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        fsconfig_set_string(&context, *key, *value)?;
    }
    fsconfig_create(&context)?;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, flags)
}

/// Opens something outside by its real path.
pub(crate) fn outside(path: &Path) -> Result<OwnedFd, Error> {
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve).doing_at(Stage::Tree, path)
}

/// The same tree once more, mounted nowhere yet.
fn copy_of(path: &Path) -> Result<OwnedFd, Error> {
    clone_tree(outside(path)?.as_fd()).doing_at(Stage::Tree, path)
}

fn clone_tree(of: BorrowedFd<'_>) -> rustix::io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    open_tree(of, "", flags)
}

fn attributes(tree: BorrowedFd<'_>, set: u64) -> rustix::io::Result<()> {
    mount_setattr(tree, true, &MountAttributes { set, propagation: PRIVATE, ..MountAttributes::default() })
}

fn attach(tree: BorrowedFd<'_>, place: BorrowedFd<'_>) -> rustix::io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(tree, "", place, "", flags)
}

fn is_folder(tree: BorrowedFd<'_>) -> rustix::io::Result<bool> {
    let stat = statat(tree, "", rustix::fs::AtFlags::EMPTY_PATH)?;
    Ok(rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir())
}

/// A path inside `root`, by names.
fn inside(at: &Path) -> Result<PathBuf, Error> {
    at.strip_prefix("/")
        .map(Path::to_path_buf)
        .map_err(|_| Error::new(Stage::Spec, "a place inside must be an absolute path").at(at))
}
