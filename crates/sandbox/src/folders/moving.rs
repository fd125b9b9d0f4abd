//! A folder under another name: a new folder is made, what is in the old one is renamed into it piece by piece, which the
//! kernel does, and then it gets the name that was asked for.
//!
//! Whatever goes wrong on the way is taken back, and the answer is the kernel's own: that it can't be done.

use crate::caller::Caller;
use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, Dir, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Timespec, Timestamps, XattrFlags, fchmod, fchown,
    fgetxattr, flistxattr, fsetxattr, fstat, fstatfs, futimens, mkdirat, openat, renameat, renameat_with, statat,
    unlinkat,
};
use rustix::io::{Errno, Result};
use std::ffi::{CStr, CString};

/// `OVERLAYFS_SUPER_MAGIC`.
const OVERLAY: u32 = 0x794c_7630;

/// Folders within folders; each keeps two open.
const DEEPEST: usize = 100;

/// A name in a folder.
#[derive(Debug)]
pub(super) struct Place {
    folder: OwnedFd,
    name: CString,
}

impl Place {
    /// What a caller means. Nothing, if that can't be found out or is no name that could be given.
    pub(super) fn of(caller: &Caller<'_>, folder: i32, address: u64) -> Option<Self> {
        let text = caller.text(address).ok()?;
        let end = text.iter().rposition(|byte| *byte != b'/')? + 1;
        let (before, name) = match text.get(..end)?.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => (text.get(..=slash)?, text.get(slash + 1..end)?),
            None => (b".".as_slice(), text.get(..end)?),
        };
        if matches!(name, b"." | b"..") {
            return None;
        }
        Some(Self { folder: caller.file(folder, before, true).ok()?, name: CString::new(name).ok()? })
    }

    pub(super) fn is_folder_of_a_layer(&self) -> bool {
        statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|it| is_folder(&it))
            && fstatfs(&self.folder).is_ok_and(|system| u32::try_from(system.f_type) == Ok(OVERLAY))
    }
}

/// Renames a folder of a layer. `unique` tells this call from others.
pub(super) fn rename(from: &Place, to: &Place, flags: RenameFlags, unique: u64) -> Result<()> {
    match renameat_with(&from.folder, &from.name, &to.folder, &to.name, flags) {
        Err(Errno::XDEV) if fstat(&from.folder)?.st_dev == fstat(&to.folder)?.st_dev => {
            may_be_taken(to, flags)?;
            moved(from, to, flags, unique)
        }
        other => other,
    }
}

fn is_folder(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode).is_dir()
}

/// Whether a folder can have a name, as the kernel would say it if it came so far.
fn may_be_taken(to: &Place, flags: RenameFlags) -> Result<()> {
    let there = match statat(&to.folder, &to.name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    if flags.contains(RenameFlags::NOREPLACE) {
        return Err(Errno::EXIST);
    }
    if !is_folder(&there) {
        return Err(Errno::NOTDIR);
    }
    if names(&opened(&to.folder, &to.name)?)?.is_empty() { Ok(()) } else { Err(Errno::NOTEMPTY) }
}

fn moved(from: &Place, to: &Place, flags: RenameFlags, unique: u64) -> Result<()> {
    let on_the_way = CString::new(format!(".portcullis-{unique:x}")).map_err(|_| Errno::INVAL)?;
    carry_folder((&from.folder, &from.name), (&to.folder, &on_the_way), 0).map_err(|_| Errno::XDEV)?;
    renameat_with(&to.folder, &on_the_way, &to.folder, &to.name, flags).inspect_err(|_| {
        // Somebody else took the name meanwhile. The old one is free.
        renameat(&to.folder, &on_the_way, &from.folder, &from.name).ok();
    })
}

/// One by one into another folder; all of it or nothing.
fn carry(from: &OwnedFd, to: &OwnedFd, depth: usize) -> Result<()> {
    let names = names(from)?;
    for (index, name) in names.iter().enumerate() {
        if let Err(errno) = carry_one(from, to, name, depth) {
            for carried in names.iter().take(index).rev() {
                carry_one(to, from, carried, depth).ok();
            }
            return Err(errno);
        }
    }
    Ok(())
}

fn carry_one(from: &OwnedFd, to: &OwnedFd, name: &CStr, depth: usize) -> Result<()> {
    match renameat_with(from, name, to, name, RenameFlags::NOREPLACE) {
        Err(Errno::XDEV) if depth < DEEPEST => carry_folder((from, name), (to, name), depth + 1),
        other => other,
    }
}

/// A folder under a name that nothing has yet.
fn carry_folder(from: (&OwnedFd, &CStr), to: (&OwnedFd, &CStr), depth: usize) -> Result<()> {
    let old = opened(from.0, from.1)?;
    let was = fstat(&old)?;
    mkdirat(to.0, to.1, Mode::RWXU)?;
    let new = opened(to.0, to.1)?;
    let carried = carry(&old, &new, depth).and_then(|()| {
        let done = make_like(&old, &was, &new).and_then(|()| unlinkat(from.0, from.1, AtFlags::REMOVEDIR));
        done.inspect_err(|_| {
            carry(&new, &old, depth).ok();
        })
    });
    carried.inspect_err(|_| {
        unlinkat(to.0, to.1, AtFlags::REMOVEDIR).ok();
        futimens(&old, &times(&was)).ok();
    })
}

/// Permissions, attributes and times, as they were before anything was taken out.
fn make_like(old: &OwnedFd, was: &Stat, new: &OwnedFd) -> Result<()> {
    let mut list = vec![0; flistxattr(old, &mut [0_u8; 0])?];
    let length = flistxattr(old, &mut list)?;
    for name in list.get(..length).unwrap_or_default().split_inclusive(|byte| *byte == 0) {
        let name = CStr::from_bytes_with_nul(name).map_err(|_| Errno::INVAL)?;
        let mut value = vec![0; fgetxattr(old, name, &mut [0_u8; 0])?];
        let length = fgetxattr(old, name, &mut value)?;
        fsetxattr(new, name, value.get(..length).unwrap_or_default(), XattrFlags::empty())?;
    }
    if fstat(new)?.st_gid != was.st_gid {
        fchown(new, None, Some(Gid::from_raw(was.st_gid)))?;
    }
    fchmod(new, Mode::from_raw_mode(was.st_mode & 0o7777))?;
    futimens(new, &times(was))
}

fn times(of: &Stat) -> Timestamps {
    // Nanoseconds are less than a second.
    let at = |seconds, nanoseconds: u64| Timespec { tv_sec: seconds, tv_nsec: nanoseconds.cast_signed() };
    Timestamps { last_access: at(of.st_atime, of.st_atime_nsec), last_modification: at(of.st_mtime, of.st_mtime_nsec) }
}

fn opened(folder: &OwnedFd, name: &CStr) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty())
}

fn names(folder: &OwnedFd) -> Result<Vec<CString>> {
    let entries = Dir::read_from(folder)?.map(|entry| entry.map(|entry| entry.file_name().to_owned()));
    let is_name = |name: &Result<CString>| !matches!(name.as_ref().map(|name| name.to_bytes()), Ok(b"." | b".."));
    entries.filter(is_name).collect()
}
