//! The gate between agents and models, as a server that speaks the models' own interfaces.
//!
//! A prompt is read, looked into and recorded before any of it leaves: what must not leave has a placeholder then, and what the
//! provider answers gets the value back, toward the client on this machine only. Calls of tools are held until they were ruled
//! about. The gate decides nothing that policy decides; whom it asks is handed in as a [`Road`].

mod client;
mod exchange;
mod link;
mod memo;
mod prompt;
mod road;
mod target;

pub use prompt::Replaces;
pub use road::{Answer, Asked, Client, Road};
pub use target::{Target, Targets};

use crate::egress::wire::Wire;
use crate::stop::Stop;
use crate::workers::Workers;
use memo::Memo;
use portcullis_inspect::replace::Session;
use portcullis_inspect::{Inspection, Kinds};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How the gate is set up.
#[derive(Clone)]
pub struct Settings {
    /// Where each interface is served.
    pub targets: Targets,
    /// How servers are believed to be who they say; without it only `http://` targets can be used.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// What is replaced on its way out.
    pub replaces: Replaces,
    /// The placeholders of this session, and the way back.
    pub session: Arc<Session>,
    /// Most connections at once.
    pub connections: usize,
    /// The longest request.
    pub longest: usize,
    /// Longest time to say what is wanted.
    pub opening: Duration,
    /// Longest time that nothing moves.
    pub idle: Duration,
}

impl Settings {
    /// The usual settings for a session.
    pub fn new(targets: Targets, replaces: Replaces, session: Arc<Session>) -> Self {
        Self {
            targets,
            tls: None,
            replaces,
            session,
            connections: 1024,
            longest: 64 << 20,
            opening: Duration::from_secs(30),
            idle: Duration::from_mins(10),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("targets", &self.targets).finish_non_exhaustive()
    }
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    settings: Settings,
    road: Arc<dyn Road>,
    stop: Arc<Stop>,
    /// Looks for what must not leave.
    plain: Inspection,
    /// Looks for what steers, where somebody else wrote the text.
    steering: Inspection,
    memo: Memo,
    open: AtomicUsize,
}

/// The gate, at work. Dropping it ends it.
#[derive(Debug)]
pub struct Gate {
    shared: Arc<Shared>,
    workers: Arc<Workers>,
    thread: Option<JoinHandle<()>>,
}

impl Gate {
    /// Begins to accept from a listener. Every prompt is put to `road`.
    pub fn open(listener: TcpListener, road: Arc<dyn Road>, settings: Settings) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let kinds = Kinds { secrets: true, personal_data: settings.replaces.personal_data, injection: false };
        let stop = Arc::new(Stop::new()?);
        let shared = Arc::new(Shared {
            settings,
            road,
            stop,
            plain: Inspection::new(kinds),
            steering: Inspection::new(Kinds { secrets: false, personal_data: false, injection: true }),
            memo: Memo::default(),
            open: AtomicUsize::new(0),
        });
        let workers = Arc::new(Workers::default());
        let (of_thread, all) = (Arc::clone(&shared), Arc::clone(&workers));
        let accept = move || {
            let accept = |listener: &TcpListener| listener.accept().map(|(stream, _)| stream);
            of_thread.stop.accept_all(&listener, accept, |stream| begin(&of_thread, &all, stream));
        };
        let thread = std::thread::Builder::new().name("models-accept".to_owned()).spawn(accept)?;
        Ok(Self { shared, workers, thread: Some(thread) })
    }

    /// Returns when it accepts no more, which is when the listener broke.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }

    /// Ends every connection and accepts no more.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.stop.ring();
        self.workers.close();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told so; there is nothing left to do for it.
            thread.join().ok();
        }
        // A reply that is under way is recorded before the program ends.
        for _ in 0..50 {
            if self.shared.open.load(Ordering::Acquire) == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A place among the open connections, given back when it is dropped.
struct Place(Arc<Shared>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

fn begin(shared: &Arc<Shared>, workers: &Arc<Workers>, stream: TcpStream) {
    let before = shared.open.fetch_add(1, Ordering::AcqRel);
    let place = Place(Arc::clone(shared));
    let Ok(wire) = Wire::new(stream, Arc::clone(&shared.stop)) else { return };
    if before >= shared.settings.connections {
        return client::turn_away(wire);
    }
    // Without a thread the connection is dropped, and with it its place.
    workers.run(Box::new(move || exchange::serve(&place.0, wire))).ok();
}
