//! Maps of users.

use crate::control::Control;
use crate::error::{Doing as _, Error, Stage};
use crate::sys::{self, Side};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::path::Path;

/// Maps the users of another process's namespace. Only root does this for others.
pub(super) fn map(process: Pid, users: &str, groups: &str) -> Result<(), Error> {
    let file = |name: &str| format!("/proc/{}/{name}", process.as_raw_nonzero());
    write(file("uid_map"), users)?;
    write(file("gid_map"), groups)
}

/// Maps the users of this process's own namespace.
pub(crate) fn map_own(users: &str, groups: &str) -> Result<(), Error> {
    write("/proc/self/uid_map", users)?;
    // Without this a group that restricts its members could be left.
    write("/proc/self/setgroups", "deny")?;
    write("/proc/self/gid_map", groups)
}

fn write(file: impl AsRef<Path>, text: &str) -> Result<(), Error> {
    let file = file.as_ref();
    let told =
        |error: std::io::Error| Error::system(Stage::User, Errno::from_io_error(&error).unwrap_or(Errno::IO)).at(file);
    std::fs::write(file, text).map_err(told)
}

/// A namespace of users in which nobody lives, for mounts that translate owners.
pub(crate) fn users_of(users: &str, groups: &str) -> Result<OwnedFd, Error> {
    let user = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    let (ours, theirs) = Control::pair()?;
    let (child, handle) = match sys::clone(user).doing(Stage::User)? {
        Side::Child => {
            drop(ours);
            // It only has to exist until its namespace has been opened.
            theirs.receive().ok();
            sys::exit(0)
        }
        Side::Parent { child, handle } => (child, handle),
    };
    drop(theirs);
    let opened = map(child, users, groups).and_then(|()| {
        let path = format!("/proc/{}/ns/user", child.as_raw_nonzero());
        rustix::fs::openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).doing(Stage::User)
    });
    drop(ours);
    rustix::io::retry_on_intr(|| waitid(WaitId::PidFd(handle.as_fd()), WaitIdOptions::EXITED)).doing(Stage::User)?;
    opened
}
