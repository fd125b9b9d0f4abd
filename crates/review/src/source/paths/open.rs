//! Opens what lies below a folder, without following a link and without waiting for a pipe.

use rustix::fs::{self, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Opens the folder at `path` below `root`. No part of the path may be a link, also when somebody puts one there now.
pub(crate) fn folder(root: impl AsFd, path: &Path) -> Result<OwnedFd, Errno> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match fs::openat2(&root, path, flags, Mode::empty(), resolve) {
        // Old kernels do not have this call, and some sandboxes forbid it.
        Err(Errno::NOSYS | Errno::PERM) => fs::openat(&root, path, flags, Mode::empty()),
        opened => opened,
    }
}

/// Opens the file `name` in `folder`.
pub(crate) fn file(folder: impl AsFd, name: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    fs::openat(folder, name, flags, Mode::empty())
}

/// Whether the kernel makes up the files of this folder: reading some of them waits, or takes something away.
pub(crate) fn is_made_up(folder: impl AsFd) -> bool {
    // proc, sysfs, debugfs, tracefs, cgroup, cgroup2, bpf, securityfs, configfs, pstore, selinuxfs, fusectl, binfmt_misc.
    const MAGICS: [u64; 13] = [
        0x9fa0,
        0x6265_6572,
        0x6462_6720,
        0x7472_6163,
        0x0027_e0eb,
        0x6367_7270,
        0xcafe_4a11,
        0x7363_6673,
        0x6265_6570,
        0x6165_676c,
        0xf97c_ff8c,
        0x6573_5543,
        0x4249_4e4d,
    ];
    fs::fstatfs(folder).is_ok_and(|stat| u64::try_from(stat.f_type).is_ok_and(|magic| MAGICS.contains(&magic)))
}
