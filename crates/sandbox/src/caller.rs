//! Whoever waits for an answer: its memory, its descriptors, and files as it names them.
//!
//! Everything is looked at once and copied. Between two looks the caller, or another thread of it, may change anything; what
//! is acted on is what was copied.

use crate::sys::notify::{Call, still_waits};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::{Errno, Result};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The longest path that the kernel takes.
const LONGEST_PATH: usize = 4096;

/// A path is read in pieces that end with a page, because what lies behind may not be there.
const PAGE: u64 = 4096;

/// Whoever waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    listener: BorrowedFd<'a>,
    call: Call,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(listener: BorrowedFd<'a>, call: Call) -> Self {
        Self { listener, call }
    }

    /// An argument as a number of 32 bits, as the kernel looks at descriptors, flags and identities.
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at these 32 bits only")]
    pub(crate) fn number(&self, index: usize) -> u32 {
        self.argument(index) as u32
    }

    /// An argument as a descriptor.
    pub(crate) fn signed(&self, index: usize) -> i32 {
        self.number(index).cast_signed()
    }

    pub(crate) fn argument(&self, index: usize) -> u64 {
        self.call.arguments.get(index).copied().unwrap_or(0)
    }

    /// Its number was read before, so it could mean somebody else by now.
    fn confirmed<T>(&self, got: T) -> Result<T> {
        if still_waits(self.listener, self.call.id) { Ok(got) } else { Err(Errno::SRCH) }
    }

    fn own(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.call.thread.to_string()).join(name)
    }

    /// Bytes of its memory.
    pub(crate) fn read(&self, address: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = File::open(self.own("mem")).and_then(|memory| memory.read_exact_at(&mut bytes, address));
        read.map_err(|_| Errno::FAULT)?;
        self.confirmed(bytes)
    }

    /// A string of its memory, without the zero that ends it.
    pub(crate) fn text(&self, address: u64) -> Result<Vec<u8>> {
        let memory = File::open(self.own("mem")).map_err(|_| Errno::FAULT)?;
        let (mut text, mut at) = (Vec::new(), address);
        while text.len() < LONGEST_PATH {
            let mut piece = vec![0; usize::try_from(PAGE - at % PAGE).unwrap_or(1)];
            memory.read_exact_at(&mut piece, at).map_err(|_| Errno::FAULT)?;
            if let Some(end) = piece.iter().position(|byte| *byte == 0) {
                text.extend(piece.get(..end).unwrap_or_default());
                return if text.len() < LONGEST_PATH { self.confirmed(text) } else { Err(Errno::NAMETOOLONG) };
            }
            at = at.checked_add(piece.len() as u64).ok_or(Errno::FAULT)?;
            text.extend(piece);
        }
        Err(Errno::NAMETOOLONG)
    }

    /// A copy of one of its descriptors: what is done with it is done with the caller's.
    pub(crate) fn descriptor(&self, number: i32) -> Result<OwnedFd> {
        let process =
            self.status("Tgid:").and_then(|process| Pid::from_raw(process.cast_signed())).ok_or(Errno::SRCH)?;
        let handle = pidfd_open(process, PidfdFlags::empty())?;
        let copy = pidfd_getfd(handle, number, PidfdGetfdFlags::empty())?;
        self.confirmed(copy)
    }

    /// What the kernel says about it under this word.
    fn status(&self, word: &str) -> Option<u32> {
        let status = fs::read_to_string(self.own("status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix(word))?.trim().parse().ok()
    }

    /// Which permissions it never gives.
    pub(crate) fn umask(&self) -> Mode {
        let status = fs::read_to_string(self.own("status")).unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        let mask = mask.and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok());
        Mode::from_raw_mode(mask.unwrap_or(0o077))
    }

    /// What it means by a path below one of its folders. It is only named, not opened: nothing of it can be read or written.
    pub(crate) fn file(&self, folder: i32, path: &[u8], follow: bool) -> Result<OwnedFd> {
        if path.is_empty() {
            return Err(Errno::NOENT);
        }
        let path = Path::new(OsStr::from_bytes(path));
        let (base, rest) = match self.by_descriptor(path) {
            Some((number, rest)) => (self.held(number)?, rest),
            None if path.is_absolute() => (self.working_folder(libc::AT_FDCWD)?, path),
            None => (self.working_folder(folder)?, path),
        };
        if rest.as_os_str().is_empty() {
            return self.confirmed(base);
        }
        let last = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        // Links of `/proc` mean something else to us than to the caller.
        let found =
            openat2(&base, rest, OFlags::PATH | OFlags::CLOEXEC | last, Mode::empty(), ResolveFlags::NO_MAGICLINKS)?;
        self.confirmed(found)
    }

    fn working_folder(&self, folder: i32) -> Result<OwnedFd> {
        if folder == libc::AT_FDCWD { named(&self.own("cwd")) } else { self.held(folder) }
    }

    /// What one of its descriptors is open on, named.
    pub(crate) fn held(&self, number: i32) -> Result<OwnedFd> {
        let number = u32::try_from(number).map_err(|_| Errno::BADF)?;
        let found = named(&self.own("fd").join(number.to_string())).map_err(|_| Errno::BADF)?;
        self.confirmed(found)
    }

    /// A path that begins with one of its own descriptors, as libraries write it.
    fn by_descriptor<'p>(&self, path: &'p Path) -> Option<(i32, &'p Path)> {
        if !path.starts_with("/proc") && !path.starts_with("/dev/fd") {
            return None;
        }
        let own = self.status("Tgid:")?;
        let folders = ["/proc/self/fd".to_owned(), "/proc/thread-self/fd".to_owned(), "/dev/fd".to_owned()];
        let folders = folders.into_iter().chain([format!("/proc/{own}/fd"), format!("/proc/{}/fd", self.call.thread)]);
        let rest = folders.into_iter().find_map(|folder| path.strip_prefix(folder).ok())?;
        let mut parts = rest.components();
        let number = parts.next()?.as_os_str().to_str()?.parse().ok()?;
        Some((number, parts.as_path()))
    }
}

fn named(path: &Path) -> Result<OwnedFd> {
    open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}

/// Where something that is open really is.
pub(crate) fn place_of(opened: &OwnedFd) -> Result<PathBuf> {
    let link = rustix::fs::readlinkat(CWD, ours(opened), Vec::new())?;
    Ok(PathBuf::from(OsStr::from_bytes(link.as_bytes())))
}

/// A name of what is open that means the very thing, whatever became of its path.
pub(crate) fn ours(opened: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", crate::sys::raw(opened))
}
