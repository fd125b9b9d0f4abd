//! Sockets in the file system: connected to and bound for the caller, and only where the run may write. What lies there
//! was made by the run.
//!
//! A name without a path is the same for the whole machine, so it is refused altogether.

use crate::caller::{Caller, ours, place_of};
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};
use rustix::io::{Errno, Result};
use rustix::net::{SocketAddrUnix, bind, connect};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a server that has no room is asked again before the caller is told.
const TRIES: u32 = 20;

/// Connects to the socket that `name` means to the caller, and to no other one that has its name by then.
pub(super) fn connected(caller: &Caller<'_>, socket: &OwnedFd, name: &[u8], writable: &[PathBuf]) -> Result<()> {
    let found = caller.file(libc::AT_FDCWD, path(name)?, true)?;
    within(&found, writable)?;
    if !FileType::from_raw_mode(fstat(&found)?.st_mode).is_socket() {
        return Err(Errno::CONNREFUSED);
    }
    let address = SocketAddrUnix::new(ours(&found))?;
    without_waiting(socket, || {
        for _ in 0..TRIES {
            match connect(socket, &address) {
                Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(5)),
                other => return other,
            }
        }
        Err(Errno::AGAIN)
    })
}

/// Makes a socket in the file system.
pub(super) fn bound(caller: &Caller<'_>, socket: &OwnedFd, name: &[u8], writable: &[PathBuf]) -> Result<()> {
    let path = Path::new(OsStr::from_bytes(path(name)?));
    let name = path.file_name().ok_or(Errno::ADDRINUSE)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let folder = caller.file(libc::AT_FDCWD, folder.as_os_str().as_bytes(), true)?;
    within(&folder, writable)?;
    let address = SocketAddrUnix::new(name)?;
    // By way of the folder: its name may be too long for an address, and may mean another one by now.
    rustix::process::fchdir(&folder)?;
    let before = rustix::process::umask(caller.umask());
    let result = bind(socket, &address);
    rustix::process::umask(before);
    rustix::process::chdir("/")?;
    result
}

/// The path of an address.
fn path(name: &[u8]) -> Result<&[u8]> {
    match name.split(|byte| *byte == 0).next() {
        Some(path) if !path.is_empty() => Ok(path),
        Some(_) | None => Err(Errno::ACCESS),
    }
}

fn within(found: &OwnedFd, writable: &[PathBuf]) -> Result<()> {
    let place = place_of(found)?;
    if writable.iter().any(|folder| place.starts_with(folder)) { Ok(()) } else { Err(Errno::ACCESS) }
}

/// Does something with a socket that must not wait. The caller has the very same one, so it gets it back as it was.
pub(super) fn without_waiting(socket: &OwnedFd, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = fcntl_getfl(socket)?;
    fcntl_setfl(socket, before | OFlags::NONBLOCK)?;
    let result = work();
    fcntl_setfl(socket, before)?;
    result
}
