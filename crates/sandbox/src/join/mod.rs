//! Further commands within walls that stand already.
//!
//! Nobody enters from outside. Process 1, which has given up everything long ago, listens at an [`Entry`] that its caller made; a
//! [`Guest`] is asked for there, and process 1 starts it like the first command: the same namespaces, no capability, the same
//! rules and filter, the same environment. Whoever asked stays outside and holds one connection and, if there is one, the
//! outer end of a terminal made inside. So there is never a process that is half in: nothing for those inside to trace, to
//! find in `/proc`, or to take a descriptor from.
//!
//! The connection is the guest's life: process 1 says on it how the guest ended, and ends the guest when it is closed.

mod client;
mod request;
pub(crate) mod server;

pub use client::{Joined, join};

use crate::error::{Doing as _, Error, Stage};
use crate::spec::Terminal;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, open};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The name of the socket in the folder that the caller names.
const NAME: &str = "entry";

/// How many guests are inside at a time.
const MOST: usize = 32;

/// Where guests are asked for. Whoever may enter its folder may ask, so nobody else should.
#[derive(Debug)]
pub struct Entry(OwnedFd);

/// A further command.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// What is set besides what the first command has; it wins.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it starts, as seen inside.
    pub folder: PathBuf,
    /// What it has for a terminal.
    pub terminal: Terminal,
}

impl Entry {
    /// Makes one in a folder. What a run that was killed left of the same name goes.
    pub fn make(folder: &Path) -> Result<Self, Error> {
        let folder = opened(folder)?;
        match rustix::fs::unlinkat(&folder, NAME, rustix::fs::AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(errno) => return Err(Error::system(Stage::Control, errno)),
        }
        let socket = socket()?;
        bind(&socket, &address(&folder)?).doing(Stage::Control)?;
        listen(&socket, 16).doing(Stage::Control)?;
        Ok(Self(socket))
    }
}

impl AsFd for Entry {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn opened(folder: &Path) -> Result<OwnedFd, Error> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, folder, flags, Mode::empty()).doing_at(Stage::Control, folder)
}

fn socket() -> Result<OwnedFd, Error> {
    let flags = SocketFlags::CLOEXEC;
    socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).doing(Stage::Control)
}

/// By the descriptor of its folder, since addresses of sockets must be short.
fn address(folder: &OwnedFd) -> Result<SocketAddrUnix, Error> {
    SocketAddrUnix::new(format!("/proc/self/fd/{}/{NAME}", crate::sys::raw(folder))).doing(Stage::Control)
}

/// Nothing, for a stream that must not be handed in.
fn nothing() -> Result<OwnedFd, Error> {
    open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).doing(Stage::Control)
}
