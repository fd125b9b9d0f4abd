//! What can go wrong while walls are built. Each error says what was being done, and to what.

use std::fmt;
use std::path::PathBuf;

/// A step of building the walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// The request itself.
    Spec,
    /// Starting process 1 in namespaces of its own.
    Namespaces,
    /// Mapping the user.
    User,
    /// Showing files as another user's.
    Owners,
    /// Putting the tree together.
    Tree,
    /// Leaving the old root.
    Pivot,
    /// Preparing the network inside.
    Network,
    /// The terminal.
    Terminal,
    /// Limits.
    Limits,
    /// Giving up capabilities.
    Privileges,
    /// The second wall.
    Landlock,
    /// The filter of system calls.
    Seccomp,
    /// Starting the command.
    Command,
    /// Talking with process 1.
    Control,
}

impl Stage {
    const ALL: [Self; 14] = [
        Self::Spec,
        Self::Namespaces,
        Self::User,
        Self::Owners,
        Self::Tree,
        Self::Pivot,
        Self::Network,
        Self::Terminal,
        Self::Limits,
        Self::Privileges,
        Self::Landlock,
        Self::Seccomp,
        Self::Command,
        Self::Control,
    ];

    pub(crate) fn from_byte(byte: u8) -> Self {
        Self::ALL.into_iter().find(|stage| *stage as u8 == byte).unwrap_or(Self::Control)
    }

    fn does(self) -> &'static str {
        match self {
            Self::Spec => "read the request",
            Self::Namespaces => "create namespaces",
            Self::User => "become the user of the run",
            Self::Owners => "show files as those of the run's user",
            Self::Tree => "put the tree together",
            Self::Pivot => "leave the old root",
            Self::Network => "prepare the network inside",
            Self::Terminal => "open a terminal inside",
            Self::Limits => "set limits",
            Self::Privileges => "give up privileges",
            Self::Landlock => "raise the Landlock wall",
            Self::Seccomp => "install the filter of system calls",
            Self::Command => "start the command",
            Self::Control => "talk with process 1",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.does())
    }
}

/// Walls that could not be built. Then nothing was started.
#[derive(Debug, thiserror::Error)]
#[error("can't {stage}{}: {message}", at(path.as_ref()))]
pub struct Error {
    /// What was being done.
    pub stage: Stage,
    /// To what.
    pub path: Option<PathBuf>,
    /// The system's error number, if it was the system that refused.
    pub errno: Option<i32>,
    /// Why not.
    pub message: String,
}

fn at(path: Option<&PathBuf>) -> String {
    path.map(|path| format!(" at {}", path.display())).unwrap_or_default()
}

/// How systems say that somebody may not have a namespace: by rights, by a count of none, or as if there were no such call.
const REFUSALS: [i32; 7] =
    [libc::EPERM, libc::EACCES, libc::ENOSPC, libc::EUSERS, libc::ENOSYS, libc::EINVAL, libc::ENODEV];

impl Error {
    /// Whether this machine refuses namespaces, or what makes them useful, to whoever asked. Then
    /// [`crate::prepare_in_place`] may be possible.
    pub fn refuses_namespaces(&self) -> bool {
        let refused = self.errno.is_some_and(|errno| REFUSALS.contains(&errno));
        let forbidden = matches!(self.errno, Some(libc::EPERM | libc::EACCES));
        match self.stage {
            Stage::Namespaces | Stage::User => refused,
            // Where rights within a namespace are held back the first mount fails; in a container whose /proc is half
            // hidden the one of /proc.
            Stage::Tree => forbidden && self.path.as_ref().is_none_or(|path| path == std::path::Path::new("/proc")),
            Stage::Spec
            | Stage::Owners
            | Stage::Pivot
            | Stage::Network
            | Stage::Terminal
            | Stage::Limits
            | Stage::Privileges
            | Stage::Landlock
            | Stage::Seccomp
            | Stage::Command
            | Stage::Control => false,
        }
    }

    pub(crate) fn new(stage: Stage, message: impl Into<String>) -> Self {
        Self { stage, path: None, errno: None, message: message.into() }
    }

    pub(crate) fn system(stage: Stage, errno: rustix::io::Errno) -> Self {
        Self { stage, path: None, errno: Some(errno.raw_os_error()), message: std::io::Error::from(errno).to_string() }
    }

    pub(crate) fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }
}

impl From<rustix::io::Errno> for Error {
    /// What goes wrong for a caller that waits together with us.
    fn from(errno: rustix::io::Errno) -> Self {
        Self::system(Stage::Control, errno)
    }
}

/// Names what was being done when the system refused.
pub(crate) trait Doing<T> {
    fn doing(self, stage: Stage) -> Result<T, Error>;
    fn doing_at(self, stage: Stage, path: &std::path::Path) -> Result<T, Error>;
}

impl<T> Doing<T> for rustix::io::Result<T> {
    fn doing(self, stage: Stage) -> Result<T, Error> {
        self.map_err(|errno| Error::system(stage, errno))
    }

    fn doing_at(self, stage: Stage, path: &std::path::Path) -> Result<T, Error> {
        self.map_err(|errno| Error::system(stage, errno).at(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn a_machine_that_refuses_namespaces_is_told_from_one_on_which_something_else_fails() {
        for errno in [Errno::PERM, Errno::NOSPC, Errno::NOSYS, Errno::INVAL, Errno::ACCESS] {
            assert!(Error::system(Stage::Namespaces, errno).refuses_namespaces(), "{errno:?}");
        }
        // AppArmor's restriction, by the map of users or the first mount; a container's half hidden /proc.
        assert!(Error::system(Stage::User, Errno::PERM).refuses_namespaces());
        assert!(Error::system(Stage::Tree, Errno::ACCESS).refuses_namespaces());
        assert!(Error::system(Stage::Tree, Errno::PERM).at("/proc").refuses_namespaces());
        for other in [
            Error::system(Stage::Namespaces, Errno::AGAIN),
            Error::system(Stage::Namespaces, Errno::BUSY),
            Error::system(Stage::Tree, Errno::PERM).at("/usr"),
            Error::system(Stage::Tree, Errno::NOENT),
            Error::system(Stage::Seccomp, Errno::PERM),
            Error::new(Stage::Namespaces, "no number"),
        ] {
            assert!(!other.refuses_namespaces(), "{other}");
        }
    }
}
