//! The socket broker: programs of this machine, asked from within a sandbox over UNIX sockets.
//!
//! A socket is not shown to a sandbox. One of the same name is bound inside and handed out, and what is said there is read
//! here: for an SSH agent and for a container engine request by request, each an event that takes the [`Road`] before
//! anything is passed on. What is passed on is written anew from what was understood, so no byte that was not understood
//! reaches the program outside. A plain socket is the exception: its connections are asked about, and what is said on them
//! is passed on unread.

mod accept;
pub mod agent;
mod asker;
pub mod engine;
mod plain;
mod road;
mod wire;

pub use engine::Kind;
pub use road::{Answer, Notice, Road};

use crate::stop::Stop;
use crate::workers::Workers;
use accept::Acceptor;
use asker::Asker;
use std::io;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::JoinHandle;
use std::time::Duration;

/// A socket that was bound inside, and what is behind it.
#[derive(Debug)]
pub struct Door {
    /// The listening end.
    pub listener: UnixListener,
    /// Who is asked.
    pub service: Service,
    /// The real socket.
    pub outside: PathBuf,
}

/// Who is asked at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// An agent that holds SSH keys.
    SshAgent,
    /// A container engine, to be read from.
    Engine(Kind),
    /// Anybody: nothing is read.
    Plain,
}

impl Service {
    /// Its name in events and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::SshAgent => "ssh-agent",
            Self::Engine(kind) => kind.name(),
            Self::Plain => "plain",
        }
    }
}

/// How the broker is set up. The defaults are meant for one sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Most connections at once, of all doors together.
    pub connections: usize,
    /// Longest time to say what is wanted, once something was said.
    pub opening: Duration,
    /// Longest time until the program outside answers.
    pub answering: Duration,
    /// Longest time that a connection is held on which nothing moves.
    pub idle: Duration,
    /// How long what was denied is denied again without asking.
    pub recent: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections: 64,
            opening: Duration::from_secs(15),
            // A person may have to touch a key, or to type a passphrase.
            answering: Duration::from_mins(2),
            idle: Duration::from_mins(15),
            recent: Duration::from_secs(3),
        }
    }
}

/// What all connections share.
pub(crate) struct Shared {
    asker: Asker,
    settings: Settings,
    stop: Arc<Stop>,
    open: AtomicUsize,
    workers: Arc<Workers>,
}

/// The broker, at work. Dropping it ends it.
pub struct Sockets {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sockets").field("doors", &self.threads.len()).finish_non_exhaustive()
    }
}

impl Sockets {
    /// Begins to accept from `doors`. What is asked there is put to `road`.
    pub fn open(doors: Vec<Door>, road: Arc<dyn Road>, settings: Settings) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            asker: Asker::new(road, settings.recent),
            settings,
            stop: Arc::new(Stop::new()?),
            open: AtomicUsize::new(0),
            workers: Arc::default(),
        });
        let mut sockets = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        for door in doors {
            sockets.threads.push(Acceptor::new(door).run(Arc::clone(&shared))?);
        }
        Ok(sockets)
    }

    /// Ends every connection and accepts no more.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Sockets {
    fn drop(&mut self) {
        self.shared.stop.ring();
        self.shared.workers.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has told so on standard error; there is nothing left to do for it.
            thread.join().ok();
        }
        self.shared.asker.finish();
    }
}
