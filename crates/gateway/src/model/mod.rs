//! The gate between agents and models, as a server that speaks the models' own interfaces.
//!
//! A prompt is read, looked into and recorded before any of it leaves: what must not leave has a placeholder then, and what the
//! provider answers gets the value back, toward the client on this machine only. Calls of tools are held until they were ruled
//! about. The gate decides nothing that policy decides; whom it asks is handed in as a [`Road`].

mod answered;
mod authority;
mod beside;
mod bill;
mod carried;
mod client;
mod credential;
mod elsewhere;
mod entry;
mod exchange;
mod health;
mod heard;
mod known;
mod link;
mod memo;
mod metrics;
mod prompt;
mod road;
mod server;
mod socket;
mod target;

pub use authority::Authority;
pub use carried::Carried;
pub use credential::Credential;
pub use elsewhere::Elsewhere;
pub use health::Ready;
pub use known::provider_of;
pub use prompt::Replaces;
pub use road::{Answer, Asked, Came, Client, Road};
pub use target::{Target, Targets};

pub(crate) use client::Incoming;
pub(crate) use link::Link;
pub(crate) use server::Origin;

use crate::egress::Upstream;
use crate::egress::wire::Wire;
use crate::limits::Limits;
use crate::stop::Stop;
use crate::who::Keeper;
use crate::wire::Api;
use crate::workers::Workers;
use memo::{Memo, ToldBefore};
use metrics::Metrics;
use portcullis_event::Host;
use portcullis_inspect::injection::Opinion;
use portcullis_inspect::replace::Session;
use portcullis_inspect::{Inspection, Kinds};
use std::collections::BTreeMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How servers are believed to be who they say, once somebody asks.
pub type Tls =
    Arc<LazyLock<Option<Arc<rustls::ClientConfig>>, Box<dyn FnOnce() -> Option<Arc<rustls::ClientConfig>> + Send>>>;

/// How the gate is set up.
#[derive(Clone)]
pub struct Settings {
    /// Where each interface is served.
    pub targets: Targets,
    /// How servers are believed to be who they say; without it only `http://` targets can be used. It is asked for when it is
    /// needed first.
    pub tls: Tls,
    /// The user's own proxy, through which servers are reached.
    pub proxy: Option<Upstream>,
    /// Keys that are put into requests at the last moment.
    pub credentials: Vec<Credential>,
    /// Keys that go along with requests by an interface, where a key of ours was shown in the place of one.
    pub lends: BTreeMap<Api, Credential>,
    /// Models that are asked elsewhere.
    pub elsewhere: Vec<Elsewhere>,
    /// Whoever keeps the keys of ours; without it none is asked for.
    pub keeper: Option<Arc<dyn Keeper>>,
    /// How often models may be asked, and for how much; without it as often as anybody likes.
    pub limits: Option<Arc<Limits>>,
    /// Says whether the gate can work, to whoever watches it.
    pub ready: Option<Arc<Ready>>,
    /// Whose certificates clients trust; without it no session over TLS can be looked into.
    pub authority: Option<Arc<Authority>>,
    /// Hosts that serve models besides the known ones.
    pub hosts: Vec<Host>,
    /// What is replaced on its way out.
    pub replaces: Replaces,
    /// Another model that is shown what somebody else wrote.
    pub opinion: Option<Opinion>,
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
            tls: Arc::new(LazyLock::new(Box::new(|| None))),
            proxy: None,
            credentials: Vec::new(),
            lends: BTreeMap::new(),
            elsewhere: Vec::new(),
            opinion: None,
            keeper: None,
            limits: None,
            ready: None,
            authority: None,
            hosts: Vec::new(),
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
    looking: RwLock<Arc<Looking>>,
    /// Looks for what steers, where somebody else wrote the text.
    steering: Inspection,
    told: ToldBefore,
    metrics: Metrics,
    open: AtomicUsize,
    /// How many requests are under way.
    busy: Arc<AtomicUsize>,
    /// Whether what is under way is the last.
    drains: AtomicBool,
}

/// How prompts are looked into, where they go, and what was found so far. Another policy looks anew.
#[derive(Debug)]
struct Looking {
    replaces: Replaces,
    elsewhere: Vec<Elsewhere>,
    /// Looks for what must not leave.
    plain: Inspection,
    memo: Memo,
}

impl Looking {
    fn new(replaces: Replaces, elsewhere: Vec<Elsewhere>) -> Self {
        let kinds = Kinds { secrets: true, personal_data: replaces.personal_data, injection: false };
        let plain = Inspection::new(kinds).with_markers(replaces.markers.clone());
        Self { replaces, elsewhere, plain, memo: Memo::default() }
    }
}

impl Shared {
    fn looking(&self) -> Arc<Looking> {
        Arc::clone(&self.looking.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The gate, without a door of its own: connections are handed to it.
#[derive(Debug, Clone)]
pub struct Models(Arc<Shared>);

impl Models {
    /// Every prompt is put to `road`.
    pub fn new(road: Arc<dyn Road>, settings: Settings) -> io::Result<Self> {
        let looking = Looking::new(settings.replaces.clone(), settings.elsewhere.clone());
        let steering = Inspection::new(Kinds { secrets: false, personal_data: false, injection: true });
        let steering = match settings.opinion.clone() {
            Some(opinion) => steering.with_opinion(opinion),
            None => steering,
        };
        Ok(Self(Arc::new(Shared {
            settings,
            road,
            stop: Arc::new(Stop::new()?),
            looking: RwLock::new(Arc::new(looking)),
            steering,
            told: ToldBefore::default(),
            metrics: Metrics::default(),
            open: AtomicUsize::new(0),
            busy: Arc::default(),
            drains: AtomicBool::new(false),
        })))
    }

    /// Who serves models at a host, as policy names them, if somebody does.
    pub fn provider_of(&self, host: &Host) -> Option<&'static str> {
        provider_of(host).or_else(|| self.0.settings.hosts.contains(host).then_some("self-hosted"))
    }

    /// Serves a client that begins a session over TLS with a server of models: the session ends here, and another leads on.
    pub(crate) fn serve_session(&self, wire: Wire, origin: Origin) -> io::Result<()> {
        let place = Place::take(&self.0);
        let authority = self.0.settings.authority.as_ref();
        let authority = authority.ok_or_else(|| io::Error::other("TLS can't be spoken on this machine"))?;
        let config = authority.server(&origin.target.host)?;
        let link = Link::of_client(wire, &config, Instant::now() + self.0.settings.opening)?;
        exchange::serve(&place.0, link, Some(origin));
        Ok(())
    }

    /// Serves one request in clear; the connection, if it stays.
    pub(crate) fn serve_request(&self, wire: Wire, origin: Origin, incoming: Incoming) -> Option<Wire> {
        let place = Place::take(&self.0);
        exchange::serve_one(&place.0, Link::plain(wire), origin, incoming)?.into_plain()
    }

    /// Waits a moment for what is under way, so that it is on the record before the program ends.
    pub(crate) fn wait_for_the_last(&self) {
        for _ in 0..50 {
            if self.0.open.load(Ordering::Acquire) == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The gate behind a door of its own, at work. Dropping it ends it.
#[derive(Debug)]
pub struct Gate {
    models: Models,
    /// Ends the accepting alone.
    door: Arc<Stop>,
    workers: Arc<Workers>,
    thread: Option<JoinHandle<()>>,
}

impl Gate {
    /// Has other things replaced in prompts, and other models asked elsewhere, from now on. What was found before is looked for
    /// anew.
    pub fn go_by(&self, replaces: Replaces, elsewhere: Vec<Elsewhere>) {
        let looking = Arc::new(Looking::new(replaces, elsewhere));
        *self.models.0.looking.write().unwrap_or_else(PoisonError::into_inner) = looking;
    }

    /// Begins to accept from a listener.
    pub fn open(listener: TcpListener, models: Models) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let workers = Arc::new(Workers::default());
        let (shared, all) = (Arc::clone(&models.0), Arc::clone(&workers));
        let door = Arc::new(Stop::new()?);
        let bell = Arc::clone(&door);
        let accept = move || {
            let accept = |listener: &TcpListener| listener.accept().map(|(stream, _)| stream);
            bell.accept_all(&listener, accept, |stream| begin(&shared, &all, stream));
        };
        let thread = std::thread::Builder::new().name("models-accept".to_owned()).spawn(accept)?;
        Ok(Self { models, door, workers, thread: Some(thread) })
    }

    /// Has whatever is under way be the last: whoever watches it is told, nothing new is taken, and it waits until nothing is under
    /// way, or as long as that, or until somebody has enough. Gives how many requests are still under way then.
    pub fn drain(&self, patience: Duration, mut is_enough: impl FnMut() -> bool) -> usize {
        let shared = &self.models.0;
        shared.drains.store(true, Ordering::Release);
        let until = Instant::now() + patience;
        let busy = || shared.busy.load(Ordering::Acquire);
        while busy() > 0 && Instant::now() < until && !is_enough() {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.door.ring();
        busy()
    }

    /// Ends every connection and accepts no more.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.door.ring();
        self.models.0.stop.ring();
        self.workers.close();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told so; there is nothing left to do for it.
            thread.join().ok();
        }
        self.models.wait_for_the_last();
    }
}

/// A place among the open connections, given back when it is dropped.
struct Place(Arc<Shared>);

impl Place {
    fn take(shared: &Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(shared))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A request that is under way.
#[derive(Debug)]
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn begin(shared: &Shared) -> Self {
        shared.busy.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(&shared.busy))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn begin(shared: &Arc<Shared>, workers: &Arc<Workers>, stream: TcpStream) {
    let place = Place::take(shared);
    let Ok(wire) = Wire::new(stream, Arc::clone(&shared.stop)) else { return };
    if shared.open.load(Ordering::Acquire) > shared.settings.connections {
        return client::turn_away(wire);
    }
    // Without a thread the connection is dropped, and with it its place.
    workers.run(Box::new(move || exchange::serve(&place.0, Link::plain(wire), None))).ok();
}
