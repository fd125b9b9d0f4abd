//! What stands between a round and the program inside: the carelessness of whoever starts an agent. Descriptors are
//! left open, a terminal controls the session, the environment holds secrets.

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketType, connect, socket};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

/// How a program is started carelessly.
#[derive(Debug)]
pub struct Start {
    /// The terminal that shall control it.
    pub terminal: PathBuf,
    /// The folder of the scene.
    pub root: PathBuf,
    /// A port on loopback where somebody listens.
    pub port: u16,
    /// The program and its arguments.
    pub command: Vec<OsString>,
}

/// Becomes the program. Returns only if that fails.
pub fn run(start: &Start) -> io::Error {
    match become_it(start) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

fn become_it(start: &Start) -> io::Result<std::convert::Infallible> {
    rustix::process::setsid()?;
    let terminal = OpenOptions::new().read(true).write(true).open(&start.terminal)?;
    rustix::process::ioctl_tiocsctty(&terminal)?;
    leave_open(start)?;
    let Some((program, arguments)) = start.command.split_first() else {
        return Err(io::Error::other("there is no program"));
    };
    Err(Command::new(program).args(arguments).stdin(terminal).exec())
}

/// Descriptors that a program would inherit: a secret file, a folder outside, a connection.
fn leave_open(start: &Start) -> io::Result<()> {
    let outside = start.root.join("outside");
    let file = open(outside.join("secret"), OFlags::RDONLY, Mode::empty())?;
    let folder = open(&outside, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    let bare_folder = open(&start.root, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
    let writable = open(outside.join("write-inherited"), OFlags::RDWR, Mode::empty())?;
    let connection = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    connect(&connection, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, start.port))?;
    for descriptor in [file, folder, bare_folder, writable, connection] {
        fcntl_setfd(&descriptor, FdFlags::empty())?;
        // Left open on purpose, until the program that this becomes ends.
        std::mem::forget(descriptor);
    }
    Ok(())
}
