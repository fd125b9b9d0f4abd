//! A place in the tree that is being built: the folders above it are made as they are needed.

use super::{attach, inside};
use crate::error::{Doing as _, Error, Stage};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fchmod, mkdirat, openat2, statat, symlinkat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path};

/// How folders are made that only lead somewhere.
const LEADING: u32 = 0o755;

#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The folder that it is in.
    folder: OwnedFd,
    /// Its name there.
    name: OsString,
    at: &'a Path,
}

impl<'a> Place<'a> {
    /// Finds the place below `top` and makes the folders above it.
    pub(super) fn new(top: BorrowedFd<'_>, at: &'a Path) -> Result<Self, Error> {
        let path = inside(at)?;
        let mut names = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name.to_owned()),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(Error::new(Stage::Spec, "a place inside must not go up").at(at));
                }
            }
        }
        let Some(name) = names.pop() else {
            return Err(Error::new(Stage::Spec, "the root itself is no place for anything").at(at));
        };
        let mut folder = open(top, OsStr::new("."), OFlags::DIRECTORY).doing_at(Stage::Tree, at)?;
        for name in names {
            make(folder.as_fd(), &name, LEADING).doing_at(Stage::Tree, at)?;
            folder = open(folder.as_fd(), &name, OFlags::DIRECTORY).doing_at(Stage::Tree, at)?;
        }
        Ok(Self { folder, name, at })
    }

    /// The folder itself, made if it is not there.
    pub(super) fn folder(&self, mode: u32) -> Result<OwnedFd, Error> {
        make(self.folder.as_fd(), &self.name, mode).doing_at(Stage::Tree, self.at)?;
        open(self.folder.as_fd(), &self.name, OFlags::DIRECTORY).doing_at(Stage::Tree, self.at)
    }

    pub(super) fn link(&self, to: &Path) -> Result<(), Error> {
        match symlinkat(to, &self.folder, &self.name) {
            Err(Errno::EXIST) => Ok(()),
            other => other.doing_at(Stage::Tree, self.at),
        }
    }

    /// A file that holds `text`.
    pub(super) fn text(&self, text: &[u8]) -> Result<(), Error> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = rustix::fs::openat(&self.folder, &self.name, flags, Mode::from_raw_mode(0o444))
            .doing_at(Stage::Tree, self.at)?;
        fchmod(&file, Mode::from_raw_mode(0o444)).doing_at(Stage::Tree, self.at)?;
        let mut left = text;
        while !left.is_empty() {
            let written = rustix::io::write(&file, left).doing_at(Stage::Tree, self.at)?;
            left = left.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// A socket that listens here.
    pub(super) fn socket(&self) -> Result<OwnedFd, Error> {
        super::socket::listening(self.folder.as_fd(), &self.name, self.at)
    }

    /// Mounts a tree here.
    pub(super) fn mount(&self, tree: &impl AsFd, is_folder: bool) -> Result<(), Error> {
        let place = if is_folder { self.folder(LEADING)? } else { self.file()? };
        attach(tree.as_fd(), place.as_fd()).doing_at(Stage::Tree, self.at)
    }

    /// An empty file to mount something over.
    fn file(&self) -> Result<OwnedFd, Error> {
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        match rustix::fs::openat(&self.folder, &self.name, flags, Mode::from_raw_mode(0o444)) {
            // One that is there and can't be written can be mounted over just as well.
            Ok(_) | Err(Errno::ACCESS | Errno::ROFS | Errno::TXTBSY | Errno::PERM | Errno::NXIO) => {}
            Err(errno) => return Err(Error::system(Stage::Tree, errno).at(self.at)),
        }
        open(self.folder.as_fd(), &self.name, OFlags::empty()).doing_at(Stage::Tree, self.at)
    }

    /// What is here already, and whether it is a folder.
    pub(super) fn existing(&self) -> Result<Option<(OwnedFd, bool)>, Error> {
        let found = match open(self.folder.as_fd(), &self.name, OFlags::empty()) {
            Ok(found) => found,
            // A link would have led to something else; it is hidden where it leads to.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            Err(errno) => return Err(Error::system(Stage::Tree, errno).at(self.at)),
        };
        let stat = statat(&found, "", rustix::fs::AtFlags::EMPTY_PATH).doing_at(Stage::Tree, self.at)?;
        Ok(Some((found, FileType::from_raw_mode(stat.st_mode).is_dir())))
    }
}

fn make(folder: BorrowedFd<'_>, name: &OsStr, mode: u32) -> rustix::io::Result<()> {
    match mkdirat(folder, name, Mode::from_raw_mode(mode)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        // Where nothing can be made something may still be there.
        Err(Errno::ROFS | Errno::ACCESS | Errno::PERM) if open(folder, name, OFlags::DIRECTORY).is_ok() => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn open(folder: BorrowedFd<'_>, name: &OsStr, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(folder, name, OFlags::PATH | OFlags::CLOEXEC | flags, Mode::empty(), resolve)
}
