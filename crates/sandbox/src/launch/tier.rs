//! What walls are made of, and with that how everything inside ends.

use crate::error::{Error, Stage};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};

/// What the walls are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Landlock and a filter alone, on a machine that lets nobody have namespaces.
    Degraded,
    /// Namespaces and a tree that an OCI runtime has made, and behind them Landlock and a filter.
    Engine,
    /// Namespaces, and behind them Landlock and a filter.
    Full,
}

impl Tier {
    /// Its name on the ledger and in the policy.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Full => "namespaces",
            Self::Engine => "oci",
            Self::Degraded => "landlock",
        }
    }
}

/// How everything inside is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// With process 1, by the kernel.
    ByKilling,
    /// By process 1, which is asked to, or notices that nobody is there any more.
    ByAsking,
}

impl Ends {
    /// Ends everything that belongs to this process 1.
    pub(super) fn end(self, process: &OwnedFd) -> Result<(), Error> {
        let signal = match self {
            Self::ByKilling => Signal::KILL,
            Self::ByAsking => Signal::TERM,
        };
        match pidfd_send_signal(process, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(errno) => Err(Error::system(Stage::Control, errno)),
        }
    }
}
