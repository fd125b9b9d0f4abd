//! What the program inside is told: where things are, never what is in them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where things are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The folder that holds the whole scene.
    pub(crate) root: PathBuf,
    /// Which attempts to make, in this order.
    pub(crate) attempts: Vec<String>,
    /// Processes to go at, by attempt.
    pub(crate) victims: BTreeMap<String, Victim>,
    /// Who listens outside.
    pub(crate) listeners: Listeners,
    /// A handle of the secret file: a name of it that no path leads to.
    pub(crate) handle: Option<Handle>,
    /// Under which number memory and messages are shared outside.
    pub(crate) number: i32,
    /// The terminal outside.
    pub(crate) terminal: PathBuf,
    /// What processes call themselves that are looked for from outside: another name in each round, and not longer than
    /// the name of a process can be.
    pub(crate) called: String,
}

/// A process outside.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Victim {
    pub(crate) process: u32,
    /// Where in its memory the secret lies, and how long it is.
    pub(crate) address: u64,
    pub(crate) length: u64,
    /// The descriptor under which it holds the secret file open.
    pub(crate) descriptor: i32,
}

/// Who listens outside.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Listeners {
    /// TCP on loopback, both versions of IP.
    pub(crate) tcp: u16,
    pub(crate) tcp6: u16,
    /// UDP on loopback.
    pub(crate) udp: u16,
    /// Another address of this machine with a TCP listener, if it has one.
    pub(crate) other: Option<std::net::SocketAddr>,
    /// A port that outside keeps calling: whoever listens there and is reached is told the secret.
    pub(crate) called: u16,
    /// UNIX sockets.
    pub(crate) sockets: BTreeMap<String, PathBuf>,
    /// An abstract one.
    pub(crate) nameless: String,
}

/// The handle of a file, as the kernel makes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Handle {
    pub(crate) kind: i32,
    pub(crate) bytes: Vec<u8>,
}
