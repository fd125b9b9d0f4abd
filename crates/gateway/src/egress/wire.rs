//! A connection whose every wait has an end: a deadline, or the bell that ends everything.

use crate::stop::Stop;
use rustix::net::sockopt::{set_socket_keepalive, set_socket_linger, set_tcp_keepidle};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is read at once at first, and at most: where a lot comes, larger pieces are taken.
const PIECE: usize = 4 << 10;
const LARGEST_PIECE: usize = 64 << 10;

/// Most pieces in which a message may come: somebody who types it by hand takes fewer.
const MOST_PIECES: usize = 1000;

/// A connection, and what was read from it and not used yet.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    stop: Arc<Stop>,
    held: Vec<u8>,
    pieces: usize,
    piece: usize,
    wanted: Option<SocketAddr>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, stop: Arc<Stop>) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // What is small is usually waited for: greetings, heads, hellos.
        stream.set_nodelay(true)?;
        // Who vanished without a word is noticed in time.
        set_socket_keepalive(&stream, true)?;
        set_tcp_keepidle(&stream, Duration::from_mins(1))?;
        Ok(Self { stream, stop, held: Vec::new(), pieces: 0, piece: PIECE, wanted: None })
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Whether nothing has been said that nobody asked for, an end included.
    pub(crate) fn is_quiet(&self) -> bool {
        let mut byte = [0];
        let nothing = self.stream.peek(&mut byte).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        self.held.is_empty() && nothing
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Where it was meant to go, if whoever made it said so.
    pub(crate) fn wanted(&self) -> Option<SocketAddr> {
        self.wanted
    }

    pub(crate) fn set_wanted(&mut self, wanted: SocketAddr) {
        self.wanted = Some(wanted);
    }

    /// What was read and not used yet.
    pub(crate) fn held(&self) -> &[u8] {
        &self.held
    }

    /// Whether what is held came in so many pieces that nobody but an attacker sends it so: each piece has everything read
    /// again from the beginning.
    pub(crate) fn is_crumbled(&self) -> bool {
        self.pieces > MOST_PIECES
    }

    /// Marks the first `count` bytes of what is held as used.
    pub(crate) fn consume(&mut self, count: usize) {
        self.pieces = 0;
        self.held.drain(..count.min(self.held.len()));
    }

    /// Everything that is held, which then counts as used.
    pub(crate) fn take_held(&mut self) -> Vec<u8> {
        self.pieces = 0;
        std::mem::take(&mut self.held)
    }

    /// Reads once and holds what came. `false` if nothing will come any more.
    pub(crate) fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        self.pieces += 1;
        let before = self.held.len();
        let mut held = std::mem::take(&mut self.held);
        held.resize(before + self.piece, 0);
        let count = self.receive(held.get_mut(before..).unwrap_or_default(), deadline);
        held.truncate(before + count.as_ref().map_or(0, |count| *count));
        self.held = held;
        if self.held.len() == before + self.piece {
            self.piece = (self.piece * 4).min(LARGEST_PIECE);
        }
        Ok(count? > 0)
    }

    /// Reads so much and not a byte more, before anything is held.
    pub(crate) fn read_exactly(&self, mut buffer: &mut [u8], deadline: Instant) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.receive(buffer, deadline)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => buffer = buffer.get_mut(count..).unwrap_or_default(),
            }
        }
        Ok(())
    }

    /// Reads past what is held: only for what is not held at all.
    fn receive(&self, buffer: &mut [u8], deadline: Instant) -> io::Result<usize> {
        self.stop.receive(&self.stream, buffer, deadline)
    }

    pub(crate) fn send(&self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.stop.send(&self.stream, bytes, deadline)
    }

    /// Sends a last message so that it arrives: a connection that is closed with unread bytes takes back what was sent.
    pub(crate) fn bid_farewell(self, bytes: &[u8]) {
        let deadline = Instant::now() + Duration::from_secs(1);
        if self.send(bytes, deadline).is_err() || self.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let (mut buffer, mut most) = ([0; 4096], 64);
        while most > 0 && self.receive(&mut buffer, deadline).is_ok_and(|count| count > 0) {
            most -= 1;
        }
    }

    /// Ends the connection at once, so that whoever is at the other end learns of it at once.
    pub(crate) fn reset(self) {
        // Should it fail, the connection is closed in the ordinary way.
        set_socket_linger(&self.stream, Some(Duration::ZERO)).ok();
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
