//! What a caller says about a run: plain data, nothing of it touched yet.

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// A run within walls.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spec {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it starts, as seen inside.
    pub folder: PathBuf,
    /// Who it is.
    pub identity: Identity,
    /// The tree that it sees, in the order in which it is put together. What is not in here does not exist.
    pub mounts: Vec<Mount>,
    /// Below which folders files may be changed, for the second wall.
    pub writable: Vec<PathBuf>,
    /// The machine's name inside.
    pub hostname: String,
    /// How it reaches anything.
    pub network: Network,
    /// What it may use.
    pub limits: Limits,
    /// What it has for a terminal.
    pub terminal: Terminal,
    /// Streams that its caller reads instead of being handed on. Those that stand together share one pipe, so that what is
    /// written to them stays in order. A stream that becomes the terminal is left alone.
    pub handed_out: Vec<Vec<Stream>>,
}

/// What a command writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

/// Who the command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user outside, whose rights it has. Never 0.
    pub uid: u32,
    /// The group outside.
    pub gid: u32,
    /// The user that it sees itself as.
    pub uid_inside: u32,
    /// The group that it sees itself in.
    pub gid_inside: u32,
    /// Whose files are shown as its own, if the caller is root and that is somebody else. This needs mounts that
    /// translate owners.
    pub instead_of: Option<(u32, u32)>,
}

/// Something outside, by its real path, without symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where.
    pub path: PathBuf,
    /// Whether owners are translated, see [`Identity::instead_of`]. Then it need not be open to the run's user.
    pub translated: bool,
}

/// A piece of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mount {
    /// A folder, and those above it.
    Folder {
        /// Where.
        at: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// Where.
        at: PathBuf,
        /// What it says.
        to: PathBuf,
    },
    /// A file that nobody can change.
    Text {
        /// Where.
        at: PathBuf,
        /// What is in it.
        text: Vec<u8>,
    },
    /// An empty file system in memory.
    Memory {
        /// Where.
        at: PathBuf,
        /// How many bytes fit.
        bytes: u64,
        /// Permissions of its root.
        mode: u32,
    },
    /// Something from outside, as it is.
    Show {
        /// Outside.
        from: Source,
        /// Inside.
        at: PathBuf,
        /// Whether it can be changed.
        writable: bool,
    },
    /// A folder from outside that can be changed inside, while the changes stay in a layer of their own.
    Layered {
        /// The folders below, the topmost first.
        lower: Vec<Source>,
        /// Where the changes are kept: a folder that holds a layer, `upper`, and beside it `work`.
        changes: Source,
        /// Inside.
        at: PathBuf,
    },
    /// Folders shown as one that can't be changed: what is in the first covers what is in the others. A single one is shown
    /// without what sockets and pipes in it lead to.
    Merged {
        /// The folders, the topmost first.
        folders: Vec<Source>,
        /// Inside.
        at: PathBuf,
    },
    /// Nothing to see: an empty file over a file, an empty folder over a folder. What is not there is left alone.
    Hidden {
        /// Where.
        at: PathBuf,
    },
    /// Something in a folder that is shown and can be changed: it is covered, by itself or by something else from outside, so that
    /// neither it nor its name can be. What is not there is left alone, and so is a link, which can't be covered.
    Closed {
        /// What covers it, if not it itself.
        by: Option<Source>,
        /// Where.
        at: PathBuf,
    },
    /// A UNIX socket that is listened on from outside: its listening end is handed to the caller.
    Socket {
        /// Where.
        at: PathBuf,
    },
    /// Processes: only the command's own.
    Processes {
        /// Where.
        at: PathBuf,
    },
    /// The devices that every program expects, and terminals of its own.
    Devices {
        /// Where.
        at: PathBuf,
        /// How many bytes of shared memory there are.
        shared_memory: u64,
    },
}

impl Mount {
    /// Where it is a socket.
    pub fn socket(&self) -> Option<&PathBuf> {
        if let Self::Socket { at } = self { Some(at) } else { None }
    }
}

/// How the command reaches anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// Nothing but its own loopback.
    None,
    /// Whatever its caller lets through the [`crate::Doors`].
    Doors,
}

/// What the command and all that it starts may use. `None` is no limit of ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processes and threads at a time.
    pub processes: Option<u64>,
    /// Bytes of address space of each process.
    pub address_space: Option<u64>,
    /// Open files of each process.
    pub open_files: Option<u64>,
    /// Bytes of one file.
    pub file_size: Option<u64>,
    /// CPU seconds of each process.
    pub cpu_seconds: Option<u64>,
    /// On how many processors all of them run; nobody inside can choose others.
    pub processors: Option<usize>,
}

/// What the command has for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Terminal {
    /// Its own; the other end is handed to the caller. Streams that are no terminal stay what they are.
    Own {
        /// How many rows and columns it has.
        rows: u16,
        /// Columns.
        columns: u16,
    },
    /// None: the caller's streams as they are, in a session of its own.
    None,
}
