//! The bell that ends everything: each thread that waits for a socket waits for it as well.

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Stop(OwnedFd);

impl Stop {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    /// Rings. It is never silenced again.
    pub(crate) fn ring(&self) {
        // The only way to fail is a counter that is full, and then it rings already.
        rustix::io::write(&self.0, &1_u64.to_ne_bytes()).ok();
    }

    /// Whether it rings.
    pub(crate) fn rings(&self) -> bool {
        let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
    }

    /// Waits until one of `wanted` is ready and says what each is ready for; an error once the bell rings or the deadline
    /// has passed.
    pub(crate) fn wait<const N: usize>(
        &self,
        wanted: [(BorrowedFd<'_>, PollFlags); N],
        deadline: Option<Instant>,
    ) -> io::Result<[PollFlags; N]> {
        let ready = self.wait_any(&wanted, deadline)?;
        Ok(std::array::from_fn(|at| ready.get(at).copied().unwrap_or(PollFlags::empty())))
    }

    /// The same for as many as there are.
    pub(crate) fn wait_any(
        &self,
        wanted: &[(BorrowedFd<'_>, PollFlags)],
        deadline: Option<Instant>,
    ) -> io::Result<Vec<PollFlags>> {
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(wanted.len() + 1);
        fds.push(PollFd::new(&self.0, PollFlags::IN));
        fds.extend(wanted.iter().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let left =
                left.map(|left| Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() });
            match poll(&mut fds, left.as_ref()) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) => break,
            }
        }
        let mut ready = fds.iter().map(PollFd::revents);
        if ready.next().is_some_and(|bell| !bell.is_empty()) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(ready.collect())
    }
}

/// What is done with a socket that does not block, each wait with an end.
impl Stop {
    /// Reads once, when there is something to read.
    pub(crate) fn receive<S: AsFd>(&self, socket: &S, buffer: &mut [u8], deadline: Instant) -> io::Result<usize>
    where
        for<'a> &'a S: Read,
    {
        let mut from = socket;
        loop {
            match from.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait([(socket.as_fd(), PollFlags::IN)], Some(deadline))?;
                }
                other => return other,
            }
        }
    }

    /// Writes all of it.
    pub(crate) fn send<S: AsFd>(&self, socket: &S, mut bytes: &[u8], deadline: Instant) -> io::Result<()>
    where
        for<'a> &'a S: Write,
    {
        let mut to = socket;
        while !bytes.is_empty() {
            match to.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait([(socket.as_fd(), PollFlags::OUT)], Some(deadline))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Hands on every connection that comes to a listener, until the bell rings.
    pub(crate) fn accept_all<L: AsFd, T>(&self, listener: &L, accept: impl Fn(&L) -> io::Result<T>, begin: impl Fn(T)) {
        while self.wait([(listener.as_fd(), PollFlags::IN)], None).is_ok() {
            match accept(listener) {
                Ok(stream) => begin(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Out of descriptors or memory: those that are open have to end first.
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
