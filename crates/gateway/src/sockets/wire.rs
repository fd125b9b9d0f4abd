//! A connection over a UNIX socket whose every wait has an end: a deadline, or the bell that ends everything.

use crate::stop::Stop;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is read at once.
const PIECE: usize = 16 << 10;

/// How long a program outside that has no room is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection, and what was read from it and not used yet.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: UnixStream,
    stop: Arc<Stop>,
    held: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(stream: UnixStream, stop: Arc<Stop>) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, stop, held: Vec::new() })
    }

    /// Connects to a socket outside.
    pub(crate) fn to(path: &Path, stop: Arc<Stop>) -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        let address = SocketAddrUnix::new(path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match connect(&socket, &address) {
                Ok(()) => return Self::new(UnixStream::from(socket), stop),
                // It has no room; there is nothing to wait for but time.
                Err(Errno::AGAIN) if Instant::now() < deadline && !stop.rings() => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// What was read and not used yet.
    pub(crate) fn held(&self) -> &[u8] {
        &self.held
    }

    /// Marks the first `count` bytes of what is held as used.
    pub(crate) fn consume(&mut self, count: usize) {
        self.held.drain(..count.min(self.held.len()));
    }

    /// Reads once and holds what came. `false` if nothing will come any more.
    pub(crate) fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        let mut piece = [0; PIECE];
        let count = self.receive(&mut piece, deadline)?;
        self.held.extend_from_slice(piece.get(..count).unwrap_or_default());
        Ok(count > 0)
    }

    /// The next `count` bytes; nothing if the other end is gone before the first of them.
    pub(crate) fn take(&mut self, count: usize, deadline: Instant) -> io::Result<Option<Vec<u8>>> {
        while self.held.len() < count {
            if !self.fill(deadline)? {
                let is_whole = self.held.is_empty();
                return if is_whole { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
        Ok(Some(self.held.drain(..count).collect()))
    }

    /// Reads past what is held: only for what is not held at all.
    pub(crate) fn receive(&self, buffer: &mut [u8], deadline: Instant) -> io::Result<usize> {
        self.stop.receive(&self.stream, buffer, deadline)
    }

    pub(crate) fn send(&self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.stop.send(&self.stream, bytes, deadline)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn end(&self) {
        // If the other end is gone, it knows.
        self.stream.shutdown(Shutdown::Write).ok();
    }

    /// Ends it both ways.
    pub(crate) fn cut(&self) {
        self.stream.shutdown(Shutdown::Both).ok();
    }

    pub(crate) fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
