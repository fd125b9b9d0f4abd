//! Permissions, owners, times and attributes of files, which Landlock has no word for: changed for the caller, and only
//! where the run may write.

use crate::caller::{Caller, ours, place_of};
use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, CWD, Gid, Mode, Timespec, Timestamps, UTIME_NOW, Uid, XattrFlags, chmodat, chownat, removexattr, setxattr,
    utimensat,
};
use rustix::io::{Errno, Result};
use std::path::PathBuf;

/// The most that an attribute may hold.
const LARGEST: usize = 64 << 10;

/// Does what a call asks for.
pub(super) fn change(caller: &Caller<'_>, number: i64, writable: &[PathBuf]) -> Result<()> {
    let (object, first) = meant(caller, number)?;
    let place = place_of(&object)?;
    if !writable.iter().any(|folder| place.starts_with(folder)) {
        return Err(Errno::PERM);
    }
    match number {
        libc::SYS_fchmod | libc::SYS_fchmodat => mode(caller, &object, first),
        libc::SYS_fchown | libc::SYS_fchownat => owner(caller, &object, first),
        libc::SYS_utimensat => times(caller, &object),
        libc::SYS_setxattr | libc::SYS_lsetxattr | libc::SYS_fsetxattr => attribute(caller, &object, first),
        libc::SYS_removexattr | libc::SYS_lremovexattr | libc::SYS_fremovexattr => {
            removexattr(ours(&object), caller.text(caller.argument(first))?)
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_chmod => mode(caller, &object, first),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_chown | libc::SYS_lchown => owner(caller, &object, first),
        _ => Err(Errno::NOSYS),
    }
}

/// What the call is about, and the index of the argument behind it.
fn meant(caller: &Caller<'_>, number: i64) -> Result<(OwnedFd, usize)> {
    let path = |index: usize| caller.text(caller.argument(index));
    let flags = |index: usize| AtFlags::from_bits_retain(caller.number(index));
    match number {
        libc::SYS_fchmod | libc::SYS_fchown | libc::SYS_fsetxattr | libc::SYS_fremovexattr => {
            Ok((caller.held(caller.signed(0))?, 1))
        }
        libc::SYS_fchmodat => Ok((caller.file(caller.signed(0), &path(1)?, true)?, 2)),
        libc::SYS_fchownat => Ok((at(caller, &path(1)?, flags(4))?, 2)),
        // Without a path it is the descriptor's own.
        libc::SYS_utimensat if caller.argument(1) == 0 => Ok((caller.held(caller.signed(0))?, 2)),
        libc::SYS_utimensat => Ok((at(caller, &path(1)?, flags(3))?, 2)),
        libc::SYS_lsetxattr | libc::SYS_lremovexattr => Ok((caller.file(libc::AT_FDCWD, &path(0)?, false)?, 1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_lchown => Ok((caller.file(libc::AT_FDCWD, &path(0)?, false)?, 1)),
        _ => Ok((caller.file(libc::AT_FDCWD, &path(0)?, true)?, 1)),
    }
}

fn at(caller: &Caller<'_>, path: &[u8], flags: AtFlags) -> Result<OwnedFd> {
    if path.is_empty() && flags.contains(AtFlags::EMPTY_PATH) && caller.signed(0) != libc::AT_FDCWD {
        return caller.held(caller.signed(0));
    }
    caller.file(caller.signed(0), path, !flags.contains(AtFlags::SYMLINK_NOFOLLOW))
}

fn mode(caller: &Caller<'_>, object: &OwnedFd, first: usize) -> Result<()> {
    chmodat(CWD, ours(object), Mode::from_raw_mode(caller.number(first) & 0o7777), AtFlags::empty())
}

fn owner(caller: &Caller<'_>, object: &OwnedFd, first: usize) -> Result<()> {
    // All ones leave it as it is.
    let asked = |index: usize| Some(caller.number(index)).filter(|id| *id != u32::MAX);
    let (user, group) = (asked(first).map(Uid::from_raw), asked(first + 1).map(Gid::from_raw));
    chownat(object, "", user, group, AtFlags::EMPTY_PATH)
}

fn times(caller: &Caller<'_>, object: &OwnedFd) -> Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let mut times = Timestamps { last_access: now, last_modification: now };
    if caller.argument(2) != 0 {
        let bytes = caller.read(caller.argument(2), 32)?;
        let number = |index: usize| {
            let bytes = bytes.get(8 * index..8 * index + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map(i64::from_ne_bytes).ok_or(Errno::FAULT)
        };
        times.last_access = Timespec { tv_sec: number(0)?, tv_nsec: number(1)? };
        times.last_modification = Timespec { tv_sec: number(2)?, tv_nsec: number(3)? };
    }
    utimensat(object, "", &times, AtFlags::EMPTY_PATH)
}

fn attribute(caller: &Caller<'_>, object: &OwnedFd, first: usize) -> Result<()> {
    let name = caller.text(caller.argument(first))?;
    let length = usize::try_from(caller.argument(first + 2)).map_err(|_| Errno::TOOBIG)?;
    if length > LARGEST {
        return Err(Errno::TOOBIG);
    }
    let value = caller.read(caller.argument(first + 1), length)?;
    setxattr(ours(object), name, &value, XattrFlags::from_bits_retain(caller.number(first + 3)))
}
