//! One direction of a relay. It begins with a buffer; where a lot moves, bytes go through a pipe and never leave the
//! kernel.

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Size of the buffer that a direction begins with.
const BUFFER: usize = 32 << 10;

/// After so many bytes a pipe pays.
const BULK: u64 = 256 << 10;

/// Size of a pipe, if the system allows it.
const PIPE: usize = 1 << 20;

/// How often one direction moves before the other gets its turn.
const TURN: usize = 16;

/// How many pipes there may be. Those who find none left go on with their buffer.
#[derive(Debug)]
pub(crate) struct Pipes(AtomicUsize);

impl Pipes {
    pub(crate) fn new(most: usize) -> Self {
        Self(AtomicUsize::new(most))
    }
}

/// A pipe, and how much is in it.
#[derive(Debug)]
struct Pipe<'a> {
    read: OwnedFd,
    write: OwnedFd,
    held: usize,
    pipes: &'a Pipes,
}

impl<'a> Pipe<'a> {
    fn take(pipes: &'a Pipes) -> Option<Self> {
        pipes.0.try_update(Relaxed, Relaxed, |left| left.checked_sub(1)).ok()?;
        let Ok((read, write)) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK) else {
            pipes.0.fetch_add(1, Relaxed);
            return None;
        };
        // A smaller one works as well.
        fcntl_setpipe_size(&write, PIPE).ok();
        Some(Self { read, write, held: 0, pipes })
    }
}

impl Drop for Pipe<'_> {
    fn drop(&mut self) {
        self.pipes.0.fetch_add(1, Relaxed);
    }
}

#[derive(Debug)]
pub(super) struct Flow<'a> {
    from: &'a TcpStream,
    to: &'a TcpStream,
    buffer: Vec<u8>,
    sent: usize,
    pipe: Option<Pipe<'a>>,
    pipes: &'a Pipes,
    moved: u64,
    ended: bool,
    over: bool,
}

/// What one attempt to move something came to.
#[derive(Debug, PartialEq, Eq)]
enum Moved {
    Some,
    Blocked,
}

impl<'a> Flow<'a> {
    pub(super) fn new(from: &'a TcpStream, to: &'a TcpStream, first: Vec<u8>, pipes: &'a Pipes) -> Self {
        Self { from, to, buffer: first, sent: 0, pipe: None, pipes, moved: 0, ended: false, over: false }
    }

    pub(super) fn from(&self) -> &'a TcpStream {
        self.from
    }

    /// Bytes that reached the other side.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether everything has been handed on, the end included.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn wants_to_read(&self) -> bool {
        !self.ended && !self.holds()
    }

    pub(super) fn wants_to_write(&self) -> bool {
        self.holds()
    }

    fn holds(&self) -> bool {
        self.sent < self.buffer.len() || self.pipe.as_ref().is_some_and(|pipe| pipe.held > 0)
    }

    /// Moves until it would have to wait, or for a turn. `true` if there may be more to do at once.
    pub(super) fn step(&mut self) -> io::Result<bool> {
        for _ in 0..TURN {
            let moved = if self.holds() {
                self.write()?
            } else if self.ended {
                if !self.over {
                    self.over = true;
                    // Who is gone already needs no end.
                    self.to.shutdown(Shutdown::Write).ok();
                }
                return Ok(false);
            } else {
                self.read()?
            };
            if moved == Moved::Blocked {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read(&mut self) -> io::Result<Moved> {
        if self.pipe.is_none() && self.moved >= BULK {
            self.pipe = Pipe::take(self.pipes);
            if self.pipe.is_some() {
                self.buffer = Vec::new();
                self.sent = 0;
            }
        }
        let count = if let Some(pipe) = &mut self.pipe {
            let count = unless_blocked(splice(self.from, None, &pipe.write, None, PIPE, flags()))?;
            pipe.held += count.unwrap_or(0);
            count
        } else {
            self.buffer.resize(BUFFER, 0);
            let count = unless_blocked(self.from.read(&mut self.buffer).map_err(|error| errno(&error)));
            self.buffer.truncate(count.as_ref().map_or(0, |count| count.unwrap_or(0)));
            self.sent = 0;
            if self.buffer.is_empty() {
                // Who waits holds no memory.
                self.buffer = Vec::new();
            }
            count?
        };
        self.ended = count == Some(0);
        Ok(if count.is_some() { Moved::Some } else { Moved::Blocked })
    }

    fn write(&mut self) -> io::Result<Moved> {
        let count = match &mut self.pipe {
            Some(pipe) if pipe.held > 0 => {
                let count = unless_blocked(splice(&pipe.read, None, self.to, None, pipe.held, flags()))?;
                pipe.held -= count.unwrap_or(0);
                count
            }
            Some(_) | None => {
                let rest = self.buffer.get(self.sent..).unwrap_or_default();
                let count = unless_blocked(self.to.write(rest).map_err(|error| errno(&error)))?;
                self.sent += count.unwrap_or(0);
                count
            }
        };
        self.moved += count.unwrap_or(0) as u64;
        Ok(if count.is_some() { Moved::Some } else { Moved::Blocked })
    }
}

fn flags() -> SpliceFlags {
    SpliceFlags::MOVE | SpliceFlags::NONBLOCK
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// How much was moved, or nothing if it would have to wait.
fn unless_blocked(result: Result<usize, Errno>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        // After an interruption it is tried again once the other side had its turn.
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
