//! What was heard, with an end to how much of it is kept.

use super::lock;
use std::sync::Mutex;

/// The most bytes that are kept of all that is said.
const MOST_BYTES: usize = 32 << 20;
/// The most things that are kept.
const MOST: usize = 4096;
/// The most bytes of one thing.
pub(super) const LONGEST: usize = 4 << 20;

/// Something that was said to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A name was asked for, as it was written, letter for letter.
    Name(String),
    /// A request of HTTP.
    Request(Request),
    /// Something else, or nothing yet.
    Said {
        /// The host by its name, or the address if none is known.
        host: String,
        /// The port.
        port: u16,
        /// What was said, from its beginning.
        bytes: Vec<u8>,
    },
    /// TLS that was broken off: the program trusts nobody whom it does not know.
    Unread {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// So many more connections than are served, or things than are kept.
    Lost(u64),
}

/// A request of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The host by the name under which it was reached, or the address if it has none.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether it came over TLS.
    pub tls: bool,
    /// What is to be done.
    pub method: String,
    /// The target as it was written.
    pub target: String,
    /// The head, as it came.
    pub head: Vec<u8>,
    /// The body, from its beginning.
    pub body: Vec<u8>,
    /// Whether the answer is a script that tells when it is run.
    pub baited: bool,
}

impl Heard {
    fn size(&self) -> usize {
        64 + match self {
            Self::Name(name) => name.len(),
            Self::Request(request) => request.head.len() + request.body.len(),
            Self::Said { bytes, .. } => bytes.len(),
            Self::Unread { .. } | Self::Lost(_) => 0,
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    heard: Vec<Heard>,
    bytes: usize,
    lost: u64,
}

impl Record {
    pub(super) fn keep(&self, heard: Heard) {
        let mut kept = lock(&self.0);
        // A name that is asked for again says nothing new.
        if matches!(&heard, Heard::Name(_)) && kept.heard.contains(&heard) {
            return;
        }
        if kept.heard.len() >= MOST || kept.bytes + heard.size() > MOST_BYTES {
            kept.lost += 1;
            return;
        }
        kept.bytes += heard.size();
        kept.heard.push(heard);
    }

    pub(super) fn turned_away(&self) {
        lock(&self.0).lost += 1;
    }

    pub(super) fn take(&self) -> Vec<Heard> {
        let mut kept = std::mem::take(&mut *lock(&self.0));
        if kept.lost > 0 {
            kept.heard.push(Heard::Lost(kept.lost));
        }
        kept.heard
    }
}
