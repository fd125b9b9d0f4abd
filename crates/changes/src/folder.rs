//! A folder by its descriptor, and what lies in it. No path is ever followed: names are looked up one by one below a
//! descriptor, links are not followed, and no other file system is entered. So a link that somebody puts in the way
//! leads nowhere, also when it is put there between two steps.

use crate::TreePath;
use rustix::fs::{self, AtFlags, Dir, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// How names are resolved below a folder.
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

/// A folder that is open.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// The folder at a path of ours or the user's. Here, and only here, links are followed: `/home` may be one.
    pub(crate) fn root(path: &Path) -> Result<Self, Errno> {
        fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map(Self)
    }

    /// The folder at `path` below this one.
    pub(crate) fn below(&self, path: &TreePath) -> Result<Self, Errno> {
        let path = if path.is_root() { Path::new(".") } else { path.as_path() };
        self.open_directory(path)
    }

    /// The folder `name` in this one.
    pub(crate) fn folder(&self, name: &[u8]) -> Result<Self, Errno> {
        self.open_directory(name)
    }

    fn open_directory(&self, path: impl rustix::path::Arg) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fs::openat2(&self.0, path, flags, Mode::empty(), BENEATH).map(Self)
    }

    /// The file `name` in this folder, to be read. It does not wait for a pipe.
    pub(crate) fn file(&self, name: &[u8]) -> Result<File, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        fs::openat2(&self.0, name, flags, Mode::empty(), BENEATH).map(File::from)
    }

    /// A new file `name` in this folder, to be written by nobody else.
    pub(crate) fn create(&self, name: &[u8]) -> Result<File, Errno> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fs::openat2(&self.0, name, flags, Mode::RUSR | Mode::WUSR, BENEATH).map(File::from)
    }

    /// What is known about `name`; `None` if there is nothing of that name.
    pub(crate) fn stat(&self, name: &[u8]) -> Result<Option<Stat>, Errno> {
        match fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is known about the folder itself.
    pub(crate) fn own_stat(&self) -> Result<Stat, Errno> {
        fs::fstat(&self.0)
    }

    /// Where the link `name` leads.
    pub(crate) fn link(&self, name: &[u8]) -> Result<Vec<u8>, Errno> {
        fs::readlinkat(&self.0, name, Vec::new()).map(std::ffi::CString::into_bytes)
    }

    /// The descriptor itself.
    pub(crate) fn into_fd(self) -> OwnedFd {
        self.0
    }

    /// The names in the folder, in order; at most `most` of them, and whether there are more.
    pub(crate) fn names(&self, most: usize) -> Result<(Vec<Vec<u8>>, bool), Errno> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            if names.len() == most {
                return Ok((names, true));
            }
            names.push(name.to_vec());
        }
        names.sort_unstable();
        Ok((names, false))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_lead_nowhere() {
        let temporary = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(temporary.path().join("real/deep")).unwrap();
        std::fs::write(temporary.path().join("real/deep/file"), "it").unwrap();
        symlink("real", temporary.path().join("link")).unwrap();
        symlink("file", temporary.path().join("real/deep/alias")).unwrap();
        let root = Folder::root(temporary.path()).unwrap();
        let path = |text: &str| TreePath::parse(text).unwrap();
        assert!(root.below(&path("real/deep")).is_ok());
        assert_eq!(root.below(&path("link/deep")).unwrap_err(), Errno::LOOP);
        assert!(root.folder(b"link").is_err());
        assert!(root.folder(b"..").is_err());
        assert!(root.below(&path("real/deep")).unwrap().file(b"alias").is_err());
    }
}
