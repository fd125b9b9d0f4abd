//! The exit status: what a script may rely on. It never changes meaning; see the book's page on exit codes.

use std::process::ExitCode;

/// How a command ended. Ordered from good to bad, so that the worst of many wins by `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Exit {
    /// Nothing to report, or allowed.
    Success,
    /// Something was found, or denied.
    Findings,
    /// The command or the configuration is wrong; nothing was done.
    Usage,
    /// Not all of it could be done.
    Incomplete,
    /// That of a command that was run.
    OfChild(u8),
}

impl Exit {
    /// The number that a script sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::OfChild(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
