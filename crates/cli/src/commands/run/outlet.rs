//! What a command prints, where it is counted: it comes out of a pipe of ours and is carried to where our own streams go.
//!
//! This is done only where there is a limit. Without one the command has our streams themselves, which costs nothing and
//! changes nothing. Nothing is taken from the pipe before what was taken last has been carried on, so whoever reads
//! slowly slows the command down, as it would be without us.

use portcullis_sandbox::Stream;
use rustix::event::{PollFd, PollFlags};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, read, write};
use rustix::termios::isatty;

/// What is carried at a time. A pipe that can be written to takes so much without making us wait.
const PIECE: usize = 4096;

/// Our own streams that have to be counted on their way, each with those that are the same. A terminal is carried on by us
/// in any case, and what is thrown away or is not there needs no counting.
pub(super) fn counted() -> Vec<Vec<Stream>> {
    let which = |stream: Stream| {
        let stat = fstat(standard(stream)).ok()?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        let goes_somewhere = kind.is_file() || kind.is_fifo() || kind.is_socket();
        (goes_somewhere && !isatty(standard(stream))).then_some((stat.st_dev, stat.st_ino))
    };
    match (which(Stream::Output), which(Stream::Errors)) {
        (None, None) => Vec::new(),
        (Some(_), None) => vec![vec![Stream::Output]],
        (None, Some(_)) => vec![vec![Stream::Errors]],
        (Some(one), Some(other)) if one == other => vec![vec![Stream::Output, Stream::Errors]],
        (Some(_), Some(_)) => vec![vec![Stream::Output], vec![Stream::Errors]],
    }
}

fn standard(stream: Stream) -> BorrowedFd<'static> {
    match stream {
        Stream::Output => rustix::stdio::stdout(),
        Stream::Errors => rustix::stdio::stderr(),
    }
}

/// One way out.
#[derive(Debug)]
pub(super) struct Outlet {
    from: OwnedFd,
    to: Stream,
    held: Vec<u8>,
}

impl Outlet {
    /// From these pipes to where the streams of the spec go.
    pub(super) fn all(pipes: Vec<OwnedFd>, streams: &[Vec<Stream>]) -> Vec<Self> {
        let to = streams.iter().filter_map(|together| together.first().copied());
        pipes.into_iter().zip(to).map(|(from, to)| Self { from, to, held: Vec::new() }).collect()
    }

    /// What it waits for: more, or that what it holds can go on.
    pub(super) fn waits(&self) -> PollFd<'_> {
        if self.held.is_empty() {
            PollFd::from_borrowed_fd(self.from.as_fd(), PollFlags::IN)
        } else {
            PollFd::from_borrowed_fd(standard(self.to), PollFlags::OUT)
        }
    }

    /// Does what can be done now, and says how many bytes came; `None` if no more will come, or nobody wants them.
    pub(super) fn turn(&mut self) -> Option<u64> {
        if self.held.is_empty() {
            return self.take();
        }
        match write(standard(self.to), &self.held) {
            Ok(written) => {
                self.held.drain(..written.min(self.held.len()));
                Some(0)
            }
            Err(Errno::INTR | Errno::AGAIN) => Some(0),
            // Nobody reads any more. The command learns it as it would without us.
            Err(_) => None,
        }
    }

    fn take(&mut self) -> Option<u64> {
        let mut piece = [0; PIECE];
        match read(&self.from, &mut piece) {
            Ok(0) => None,
            Ok(length) => {
                self.held.extend_from_slice(piece.get(..length).unwrap_or_default());
                Some(length as u64)
            }
            Err(Errno::INTR | Errno::AGAIN) => Some(0),
            Err(_) => None,
        }
    }

    /// Carries on what is left when the command has ended, at most so many bytes, and says how many came.
    pub(super) fn drain(mut self, most: u64) -> u64 {
        let mut came = 0;
        while came <= most
            && let Some(more) = self.turn()
        {
            came += more;
        }
        came
    }
}
