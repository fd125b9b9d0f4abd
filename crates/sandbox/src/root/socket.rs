//! Sockets that are bound inside and served by the caller: nobody inside has the listening end.

use crate::error::{Doing as _, Error, Stage};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, openat2};
use rustix::fs::{ResolveFlags, chmodat};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use std::ffi::OsStr;
use std::path::Path;

/// How many connections may wait to be taken.
const WAITING: i32 = 64;

/// The longest path that a program can ask for: `sun_path` without its end.
pub(crate) const LONGEST: usize = 107;

/// Binds a socket of this name in a folder. It goes by the folder, so that no path is resolved twice and none is too long.
pub(super) fn listening(folder: BorrowedFd<'_>, name: &OsStr, at: &Path) -> Result<OwnedFd, Error> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
    let socket = socket.doing_at(Stage::Network, at)?;
    let address = SocketAddrUnix::new(name).doing_at(Stage::Network, at)?;
    rustix::process::fchdir(folder).doing_at(Stage::Network, at)?;
    let bound = bind(&socket, &address);
    rustix::process::chdir("/").doing_at(Stage::Network, at)?;
    bound.doing_at(Stage::Network, at)?;
    chmodat(folder, name, Mode::from_raw_mode(0o600), rustix::fs::AtFlags::empty()).doing_at(Stage::Network, at)?;
    listen(&socket, WAITING).doing_at(Stage::Network, at)?;
    Ok(socket)
}

/// The same in place: the folder is there, and whoever made it is the one who asks.
pub(crate) fn listening_in_place(at: &Path) -> Result<OwnedFd, Error> {
    let (Some(folder), Some(name)) = (at.parent(), at.file_name()) else {
        return Err(Error::new(Stage::Spec, "a socket needs a folder and a name").at(at));
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let folder = openat2(rustix::fs::CWD, folder, flags, Mode::empty(), resolve).doing_at(Stage::Network, at)?;
    listening(folder.as_fd(), name, at)
}
