//! A filter that asks: how somebody outside of it hears of system calls, and answers in the kernel's place.

use super::check;
use rustix::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use rustix::io::{Errno, Result};

/// `SECCOMP_FILTER_FLAG_NEW_LISTENER`.
const NEW_LISTENER: libc::c_ulong = 1 << 3;
/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`: once a call has been heard of, no signal but a deadly one interrupts it, so it
/// is never carried out twice.
const WAIT_KILLABLE: libc::c_ulong = 1 << 5;

/// Requests to a listener, from `linux/seccomp.h`. Each holds the size of what is handed over, so a kernel that means
/// another structure refuses it.
const RECEIVE: libc::c_ulong = 0xc050_2100;
const SEND: libc::c_ulong = 0xc018_2101;
const IS_VALID: libc::c_ulong = 0x4008_2102;
const ADD_DESCRIPTOR: libc::c_ulong = 0x4018_2103;

/// `SECCOMP_ADDFD_FLAG_SEND`: the number of the new descriptor is the answer.
const AND_SEND: u32 = 1 << 1;

/// A system call that waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// The name of the question.
    pub(crate) id: u64,
    /// The thread that asks, as it is numbered here.
    pub(crate) thread: u32,
    /// Which call.
    pub(crate) number: i64,
    /// With what.
    pub(crate) arguments: [u64; 6],
}

/// What the caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It succeeded; somebody else has done it, and this is what it gave.
    Done(i32),
    /// It fails with this error.
    Fail(Errno),
    /// The kernel carries it out. Only for calls whose meaning lies in numbers: memory can be changed meanwhile.
    Proceed,
}

/// Installs a filter for this process and all that it will start, and gives the other end of its questions.
pub(crate) fn filter(program: &[libc::sock_filter]) -> Result<OwnedFd> {
    match install(program, NEW_LISTENER | WAIT_KILLABLE) {
        // Kernels before 5.19.
        Err(Errno::INVAL) => install(program, NEW_LISTENER),
        other => other,
    }
}

fn install(program: &[libc::sock_filter], flags: libc::c_ulong) -> Result<OwnedFd> {
    let length = u16::try_from(program.len()).map_err(|_| Errno::RANGE)?;
    // The kernel reads the program and never writes to it, though its type says otherwise.
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let pointer = std::ptr::from_ref(&program);
    // SAFETY: `program` and what it points to live until the call returns; the kernel checks the filter itself.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, pointer) };
    let listener = i32::try_from(check(result)?).map_err(|_| Errno::RANGE)?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(listener) })
}

/// The next question.
pub(crate) fn receive(listener: BorrowedFd<'_>) -> Result<Call> {
    // The kernel insists on zeroes.
    let mut asked = libc::seccomp_notif {
        id: 0,
        pid: 0,
        flags: 0,
        data: libc::seccomp_data { nr: 0, arch: 0, instruction_pointer: 0, args: [0; 6] },
    };
    let pointer = std::ptr::from_mut(&mut asked);
    // SAFETY: the request writes to one structure of exactly this size, which lives until the call returns.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), RECEIVE as _, pointer) };
    check(result.into())?;
    Ok(Call { id: asked.id, thread: asked.pid, number: asked.data.nr.into(), arguments: asked.data.args })
}

/// Whether whoever asked still waits. If so, its number still means it.
pub(crate) fn still_waits(listener: BorrowedFd<'_>, id: u64) -> bool {
    let pointer = std::ptr::from_ref(&id);
    // SAFETY: the request reads one number of 64 bits, which lives until the call returns.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), IS_VALID as _, pointer) };
    result == 0
}

/// Answers.
pub(crate) fn reply(listener: BorrowedFd<'_>, id: u64, reply: Reply) -> Result<()> {
    let (value, error, flags) = match reply {
        Reply::Done(value) => (value.into(), 0, 0),
        Reply::Fail(errno) => (0, -errno.raw_os_error(), 0),
        Reply::Proceed => (0, 0, u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).unwrap_or(1)),
    };
    let mut answer = libc::seccomp_notif_resp { id, val: value, error, flags };
    let pointer = std::ptr::from_mut(&mut answer);
    // SAFETY: the request reads one structure of exactly this size, which lives until the call returns.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), SEND as _, pointer) };
    check(result.into()).map(drop)
}

/// Answers with a descriptor, which whoever asked has from now on.
pub(crate) fn reply_with(listener: BorrowedFd<'_>, id: u64, descriptor: BorrowedFd<'_>, flags: u32) -> Result<()> {
    let source = u32::try_from(descriptor.as_raw_fd()).map_err(|_| Errno::BADF)?;
    let add = libc::seccomp_notif_addfd { id, flags: AND_SEND, srcfd: source, newfd: 0, newfd_flags: flags };
    let pointer = std::ptr::from_ref(&add);
    // SAFETY: the request reads one structure of exactly this size, which lives until the call returns.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), ADD_DESCRIPTOR as _, pointer) };
    check(result.into()).map(drop)
}
