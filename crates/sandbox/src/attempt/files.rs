//! Files without their paths.

use super::{c_path, result};
use rustix::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use rustix::mount::{MountPropagationFlags, mount_change};
use std::io;
use std::path::Path;

/// The most bytes that a handle has.
const LONGEST: usize = 128;

/// `struct file_handle` with room for its bytes.
#[repr(C)]
struct FileHandle {
    length: libc::c_uint,
    kind: libc::c_int,
    bytes: [u8; LONGEST],
}

/// The handle of a file: its kind and its bytes.
pub fn handle_of(path: &Path) -> io::Result<(i32, Vec<u8>)> {
    let path = c_path(path)?;
    let mut handle = FileHandle { length: 128, kind: 0, bytes: [0; LONGEST] };
    let mut mount: libc::c_int = 0;
    let (pointer, mount) = (std::ptr::from_mut(&mut handle), std::ptr::from_mut(&mut mount));
    // SAFETY: the path ends with a zero byte; the handle has room for as many bytes as it says, and both places to
    // write to live until the call returns.
    let answer =
        unsafe { libc::syscall(libc::SYS_name_to_handle_at, libc::AT_FDCWD, path.as_ptr(), pointer, mount, 0) };
    result(answer)?;
    let length = usize::try_from(handle.length).unwrap_or(0);
    Ok((handle.kind, handle.bytes.get(..length).unwrap_or_default().to_vec()))
}

/// Opens the file that has this handle, on the file system that `on` is on.
pub fn open_handle(on: BorrowedFd<'_>, kind: i32, bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut handle = FileHandle { length: 0, kind, bytes: [0; LONGEST] };
    handle.length = libc::c_uint::try_from(bytes.len().min(LONGEST)).map_err(io::Error::other)?;
    for (place, byte) in handle.bytes.iter_mut().zip(bytes) {
        *place = *byte;
    }
    let pointer = std::ptr::from_mut(&mut handle);
    // SAFETY: the handle holds as many bytes as it says and lives until the call returns.
    let answer = unsafe { libc::syscall(libc::SYS_open_by_handle_at, on.as_raw_fd(), pointer, libc::O_RDONLY) };
    let descriptor = i32::try_from(result(answer)?).map_err(io::Error::other)?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Gives this process mounts of its own: what it mounts is then seen by nobody else. Who may not have them may not mount
/// anything either, unless it is root, and then this fails.
pub fn mounts_of_our_own() -> io::Result<()> {
    let is_root = rustix::process::geteuid().is_root();
    let namespaces = if is_root { libc::CLONE_NEWNS } else { libc::CLONE_NEWUSER | libc::CLONE_NEWNS };
    // SAFETY: it takes a number; what changes are the mounts and rights of this process alone.
    match result(unsafe { libc::unshare(namespaces) }.into()) {
        Ok(_) => Ok(mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?),
        Err(error) if is_root => Err(error),
        Err(_) => Ok(()),
    }
}
