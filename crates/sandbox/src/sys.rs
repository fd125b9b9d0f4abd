//! The system calls that rustix does not have, one per function, and nothing else. All `unsafe` of the walls is
//! here.

pub(crate) mod notify;

use rustix::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use rustix::io::{Errno, Result};
use rustix::process::Pid;

/// Namespaces of process 1.
pub(crate) const NAMESPACES: u64 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u64;

/// The time namespace, which only `clone3` can create.
pub(crate) const NEW_TIME: u64 = 0x80;

/// Which of the two processes this is after [`clone`].
#[derive(Debug)]
pub(crate) enum Side {
    /// The one that called.
    Parent {
        /// The new process.
        child: Pid,
        /// A handle that never means another process.
        handle: OwnedFd,
    },
    /// The new one.
    Child,
}

fn check(result: libc::c_long) -> Result<libc::c_long> {
    if result >= 0 { Ok(result) } else { Err(Errno::from_raw_os_error(last_error())) }
}

fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// Starts a copy of this process in new namespaces.
///
/// The caller must be the only thread: a lock that another one holds would stay locked for ever in the copy. So this
/// fails with `EBUSY` if there are more.
pub(crate) fn clone(namespaces: u64) -> Result<Side> {
    if threads()? != 1 {
        return Err(Errno::BUSY);
    }
    let mut handle: libc::c_int = -1;
    let arguments = libc::clone_args {
        flags: namespaces | libc::CLONE_PIDFD as u64,
        pidfd: std::ptr::from_mut(&mut handle) as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal: libc::SIGCHLD as u64,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: 0,
    };
    let (pointer, size) = (std::ptr::from_ref(&arguments), size_of::<libc::clone_args>());
    // SAFETY: the arguments live until the call returns and are as long as said. Without a stack of its own the child
    // goes on with a copy of this one, as after fork; there is one thread, so no lock is left behind in it.
    let result = unsafe { libc::syscall(libc::SYS_clone3, pointer, size) };
    match i32::try_from(check(result)?).map_err(|_| Errno::RANGE)? {
        0 => Ok(Side::Child),
        child => {
            // SAFETY: the kernel has just made this descriptor for us; nobody else knows its number.
            let handle = unsafe { OwnedFd::from_raw_fd(handle) };
            Ok(Side::Parent { child: Pid::from_raw(child).ok_or(Errno::SRCH)?, handle })
        }
    }
}

/// Enters a fresh namespace of users.
pub(crate) fn enter_new_users() -> Result<()> {
    // SAFETY: it takes a number, and changes neither descriptors nor memory.
    check(unsafe { libc::unshare(libc::CLONE_NEWUSER) }.into()).map(drop)
}

/// How many threads this process has.
fn threads() -> Result<usize> {
    let stat = std::fs::read_to_string("/proc/self/stat")
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    // The second field is a name in parentheses that may hold anything; the count is the 18th behind it.
    let (_, rest) = stat.rsplit_once(')').ok_or(Errno::INVAL)?;
    rest.split_ascii_whitespace().nth(17).and_then(|count| count.parse().ok()).ok_or(Errno::INVAL)
}

/// `struct mount_attr`.
#[repr(C)]
#[derive(Debug, Default)]
pub(crate) struct MountAttributes {
    pub(crate) set: u64,
    pub(crate) clear: u64,
    pub(crate) propagation: u64,
    pub(crate) users: u64,
}

/// Changes a tree of mounts.
pub(crate) fn mount_setattr(tree: BorrowedFd<'_>, recursive: bool, attributes: &MountAttributes) -> Result<()> {
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    let (path, pointer, size) = (c"".as_ptr(), std::ptr::from_ref(attributes), size_of::<MountAttributes>());
    // SAFETY: the path is a constant with its zero byte, the attributes live until the call returns and are as long as
    // said.
    let result = unsafe { libc::syscall(libc::SYS_mount_setattr, tree.as_raw_fd(), path, flags, pointer, size) };
    check(result).map(drop)
}

/// Installs a filter of system calls for this process and all that it will start.
pub(crate) fn filter(program: &[libc::sock_filter]) -> Result<()> {
    let length = u16::try_from(program.len()).map_err(|_| Errno::RANGE)?;
    // The kernel reads the program and never writes to it, though its type says otherwise.
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let pointer = std::ptr::from_ref(&program);
    // SAFETY: `program` and what it points to live until the call returns; the kernel checks the filter itself.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, pointer) };
    check(result).map(drop)
}

/// Which version of Landlock the kernel has; none if it has none or it is switched off.
pub(crate) fn landlock_version() -> Option<u32> {
    const VERSION: libc::c_ulong = 1;
    let none = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag the kernel reads no memory; it only says its version.
    let result = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, VERSION) };
    check(result).ok().and_then(|version| u32::try_from(version).ok()).filter(|version| *version > 0)
}

/// Makes a terminal the one that controls this session.
pub(crate) fn control_terminal(terminal: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: this request takes a number, not a pointer.
    let result = unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSCTTY, 0) };
    check(result.into()).map(drop)
}

/// Closes every descriptor from 3 on but those in `kept`.
pub(crate) fn close_all_but(kept: &[RawFd]) -> Result<()> {
    let mut kept: Vec<libc::c_uint> = kept.iter().filter_map(|fd| libc::c_uint::try_from(*fd).ok()).collect();
    kept.sort_unstable();
    let mut first: libc::c_uint = 3;
    for last in kept.into_iter().map(Some).chain([None]) {
        let end = last.map_or(libc::c_uint::MAX, |fd| fd.saturating_sub(1));
        if first <= end {
            // SAFETY: process 1 calls this once its walls stand. What is closed here is owned by values that it never
            // uses or drops any more: it ends by `_exit`.
            let result = unsafe { libc::syscall(libc::SYS_close_range, first, end, 0) };
            check(result)?;
        }
        first = last.map_or(first, |fd| fd.saturating_add(1));
    }
    Ok(())
}

/// Marks every descriptor from `first` on to be closed when a program is executed.
pub(crate) fn close_on_exec_from(first: RawFd) -> Result<()> {
    let first = libc::c_uint::try_from(first).map_err(|_| Errno::BADF)?;
    // SAFETY: only a flag is changed.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    check(result).map(drop)
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: RawFd) -> Result<()> {
    let first = libc::c_uint::try_from(first).map_err(|_| Errno::BADF)?;
    // SAFETY: whoever calls this uses none of them any more.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) };
    check(result).map(drop)
}

/// A copy of this process, as `fork` makes it.
pub(crate) fn fork() -> Result<Option<Pid>> {
    if threads()? != 1 {
        return Err(Errno::BUSY);
    }
    // SAFETY: there is one thread, so no lock is left behind in the copy.
    let result = unsafe { libc::fork() };
    Ok(Pid::from_raw(i32::try_from(check(result.into())?).map_err(|_| Errno::RANGE)?))
}

/// Puts descriptors where the program that is executed next expects them, and lets them be handed on to it.
pub(crate) fn hand_on(wanted: &[(BorrowedFd<'_>, RawFd)]) -> Result<()> {
    // Out of the way first: one of them may stand where another is to be.
    let away = wanted.iter().map(|(from, _)| rustix::io::fcntl_dupfd_cloexec(from, 64));
    let away = away.collect::<Result<Vec<_>>>()?;
    for (from, (_, number)) in away.iter().zip(wanted) {
        // SAFETY: it takes two numbers. What stood at the second one is owned by a value that is never used or dropped any
        // more: this process is about to become another program, or ends by `_exit`.
        check(unsafe { libc::dup2(from.as_raw_fd(), *number) }.into())?;
    }
    Ok(())
}

/// A descriptor that this process was started with, at a number that was agreed on.
pub(crate) fn inherited(number: RawFd) -> Result<OwnedFd> {
    // SAFETY: it takes a number; one that is none is refused.
    check(unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) }.into())?;
    // SAFETY: it is open, as was just seen, and was handed on for whoever asks first; nobody else in this process knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Makes descriptors at these numbers the standard streams.
pub(crate) fn take_streams(numbers: [RawFd; 3]) -> Result<()> {
    for (number, stream) in numbers.into_iter().zip(0..) {
        // SAFETY: it takes two numbers. The standard streams are owned by nobody.
        match check(unsafe { libc::dup2(number, stream) }.into()) {
            // A stream that its caller had closed.
            Ok(_) | Err(Errno::BADF) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Ends this process at once, without running anything that was registered to run at its end.
pub(crate) fn exit(status: i32) -> ! {
    // SAFETY: it takes a number and never returns.
    unsafe { libc::_exit(status) }
}

/// Ends every process that this one may send a signal to, but for itself. The kernel goes through them all at once, so
/// nobody gets away by copying themselves.
///
/// The caller must have made sure that Landlock keeps its signals among those that it started.
pub(crate) fn kill_all_within_reach() -> Result<()> {
    // SAFETY: it takes two numbers.
    let result = unsafe { libc::kill(-1, libc::SIGKILL) };
    match check(result.into()) {
        Ok(_) | Err(Errno::SRCH | Errno::PERM) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Lets signals do what they do by default, and blocks none: what a caller chose is not handed on.
pub(crate) fn default_signals() {
    for signal in 1..=64 {
        // SAFETY: the default action is a constant; signals that can't be changed are refused, which is fine.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let mut none = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the set is written to in full.
    unsafe { libc::sigemptyset(none.as_mut_ptr()) };
    // SAFETY: the set was written just above; there is one thread.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut()) };
}

/// Blocks signals for this thread and those that it will start, and gives a descriptor from which they can be read.
pub(crate) fn caught(signals: &[libc::c_int]) -> Result<OwnedFd> {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the set is written to in full.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    for signal in signals {
        // SAFETY: the set was written above; a number that is none is refused.
        unsafe { libc::sigaddset(set.as_mut_ptr(), *signal) };
    }
    // SAFETY: the set was written above.
    let result = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut()) };
    if result != 0 {
        return Err(Errno::from_raw_os_error(result));
    }
    // SAFETY: the set was written above.
    let descriptor = unsafe { libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC) };
    let descriptor = i32::try_from(check(descriptor.into())?).map_err(|_| Errno::RANGE)?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Overwrites the arguments and the environment that this process was started with, which `/proc` would show.
pub(crate) fn forget_start(name: &str) {
    unsafe extern "C" {
        static mut environ: *mut *mut libc::c_char;
    }
    let Some((start, end)) = start_strings() else { return };
    let length = end.saturating_sub(start);
    // SAFETY: these are the bytes of the argument and environment strings that the kernel placed on our stack, as it
    // says itself; they are ours to write. Nobody reads them any more: the caller has copied what it needs.
    unsafe { std::ptr::write_bytes(start as *mut u8, 0, length) };
    let count = name.len().min(length.saturating_sub(1));
    // SAFETY: as above; `count` bytes fit.
    unsafe { std::ptr::copy_nonoverlapping(name.as_ptr(), start as *mut u8, count) };
    // SAFETY: a pointer that is null means an empty environment to the C library; there is one thread.
    unsafe { environ = std::ptr::null_mut() };
}

/// Where the strings lie: from the start of the arguments to the end of the environment.
fn start_strings() -> Option<(usize, usize)> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // Fields 48 and 51 of proc(5), counted from the name on, which is the second.
    let (first, end) = (fields.get(45)?.parse().ok()?, fields.get(48)?.parse().ok()?);
    (first != 0 && first < end).then_some((first, end))
}

/// Sends nothing, but keeps `fd` alive for as long as a raw number of it is used.
pub(crate) fn raw(fd: &impl AsFd) -> RawFd {
    fd.as_fd().as_raw_fd()
}
