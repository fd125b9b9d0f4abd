//! Other processes: their memory, their descriptors, their terminals.

use super::result;
use crate::sys;
use rustix::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io;

fn number(process: u32) -> io::Result<libc::pid_t> {
    libc::pid_t::try_from(process).map_err(io::Error::other)
}

/// Reads memory of another process.
pub fn read_memory(process: u32, address: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0_u8; length];
    let ours = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: length };
    let theirs = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: length };
    let process = number(process)?;
    // SAFETY: `ours` describes the bytes of the vector, which nobody else uses meanwhile; `theirs` is an address of
    // another process, which the kernel checks.
    let read = unsafe { libc::process_vm_readv(process, &raw const ours, 1, &raw const theirs, 1, 0) };
    let read = usize::try_from(result(read as libc::c_long)?).unwrap_or(0);
    bytes.truncate(read);
    Ok(bytes)
}

/// Writes into memory of another process.
pub fn write_memory(process: u32, address: u64, bytes: &[u8]) -> io::Result<usize> {
    let ours = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let theirs = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: bytes.len() };
    let process = number(process)?;
    // SAFETY: `ours` describes the slice, which is only read; `theirs` is an address of another process.
    let written = unsafe { libc::process_vm_writev(process, &raw const ours, 1, &raw const theirs, 1, 0) };
    Ok(usize::try_from(result(written as libc::c_long)?).unwrap_or(0))
}

/// Attaches to another process as a debugger does, reads memory and lets go.
pub fn memory_by_tracing(process: u32, seize: bool, address: u64, length: usize) -> io::Result<Vec<u8>> {
    let process = number(process)?;
    let request = if seize { libc::PTRACE_SEIZE } else { libc::PTRACE_ATTACH };
    // SAFETY: neither request reads the last two arguments as pointers.
    result(unsafe { libc::ptrace(request, process, 0_usize, 0_usize) })?;
    if seize {
        // SAFETY: as above.
        result(unsafe { libc::ptrace(libc::PTRACE_INTERRUPT, process, 0_usize, 0_usize) })?;
    }
    let mut status = 0;
    // SAFETY: the status lives until the call returns.
    result(unsafe { libc::waitpid(process, &raw mut status, libc::__WALL) }.into())?;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let at = usize::try_from(address).unwrap_or(0).saturating_add(bytes.len());
        // SAFETY: the address is one of the other process, which the kernel checks; nothing of ours is written to.
        let word = unsafe { libc::ptrace(libc::PTRACE_PEEKDATA, process, at, 0_usize) };
        bytes.extend(word.to_ne_bytes());
    }
    // SAFETY: as above.
    unsafe { libc::ptrace(libc::PTRACE_DETACH, process, 0_usize, 0_usize) };
    Ok(bytes)
}

/// Takes a descriptor out of another process.
pub fn take_descriptor(process: u32, descriptor: i32) -> io::Result<OwnedFd> {
    let process = Pid::from_raw(number(process)?).ok_or_else(|| io::Error::other("no process has this number"))?;
    let handle = pidfd_open(process, PidfdFlags::empty())?;
    let flags = rustix::process::PidfdGetfdFlags::empty();
    Ok(rustix::process::pidfd_getfd(&handle, descriptor, flags)?)
}

/// Says something over a connection of which only the number is known.
pub fn say_to_descriptor(number: i32, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the bytes live until the call returns; what is no connection is refused.
    let sent = unsafe { libc::send(number, bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) };
    result(sent as libc::c_long).map(drop)
}

/// Puts a character into the input of a terminal, as if somebody had typed it.
pub fn push_character(terminal: BorrowedFd<'_>, character: u8) -> io::Result<()> {
    let pointer = std::ptr::from_ref(&character);
    // SAFETY: the character lives until the call returns; it is only read.
    result(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSTI, pointer) }.into()).map(drop)
}

/// Pastes what is selected on the console.
pub fn console_paste(terminal: BorrowedFd<'_>) -> io::Result<()> {
    let paste: u8 = 3;
    let pointer = std::ptr::from_ref(&paste);
    // SAFETY: the subcode lives until the call returns; it is only read.
    result(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCLINUX, pointer) }.into()).map(drop)
}

/// Leaves a process behind that belongs to nobody: in a session of its own, its parent gone. It stays for a minute.
pub fn leave_behind(name: &str) -> io::Result<()> {
    if sys::fork()?.is_none() {
        rustix::process::setsid().ok();
        if sys::fork().is_ok_and(|child| child.is_none()) {
            if let Ok(name) = std::ffi::CString::new(name) {
                rustix::thread::set_name(&name).ok();
            }
            let first = 0;
            // Whoever waits for the end of our streams must not wait for this.
            sys::close_from(first).ok();
            std::thread::sleep(std::time::Duration::from_mins(1));
        }
        sys::exit(0);
    }
    Ok(())
}
