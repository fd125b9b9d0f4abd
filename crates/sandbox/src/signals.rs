//! Signals as something to read, so that a caller waits for them like for everything else.

use crate::error::{Doing as _, Error, Stage};
use crate::sys;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// The terminal has another size.
    Resized,
    /// Somebody asks us to end.
    Asked,
    /// The terminal is gone; who has none is asked to read its settings anew.
    HungUp,
}

/// Signals that are caught from now on. Programs that are started get them as usual.
#[derive(Debug)]
pub struct Signals(OwnedFd);

impl Signals {
    /// Catches the signals that ask a program to end, and the one that says that its terminal was resized.
    pub fn catch() -> Result<Self, Error> {
        sys::caught(&[libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGWINCH])
            .doing(Stage::Control)
            .map(Self)
    }

    /// The one that came first.
    pub fn next(&self) -> Result<Caught, Error> {
        // `struct signalfd_siginfo` begins with the number of the signal.
        let mut bytes = [0; 128];
        rustix::io::retry_on_intr(|| rustix::io::read(&self.0, &mut bytes)).doing(Stage::Control)?;
        let number = bytes.first_chunk().map(|number| i32::from_ne_bytes(*number));
        Ok(match number {
            Some(libc::SIGWINCH) => Caught::Resized,
            Some(libc::SIGHUP) => Caught::HungUp,
            Some(_) | None => Caught::Asked,
        })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
