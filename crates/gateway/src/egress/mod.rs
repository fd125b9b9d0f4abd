//! The egress broker: the one way out of a sandbox.
//!
//! A sandbox has an empty network namespace. Before its program starts, four sockets are bound *inside* and handed out to
//! the broker, which accepts from them *outside*: there is no relay process inside that could be attacked or traced. Each
//! thing that is tried becomes an [`Attempt`], [`Road::ask`] answers it, and only then is a name looked up and a
//! connection made, to the very address that was checked.
//!
//! The broker decides nothing that policy decides. What it refuses by itself is what no policy line can mean: a request
//! that two programs would read differently, a name that leads into the machine's own network, a connection that is made
//! under one name and used under another.

mod accept;
pub(crate) mod authority;
mod broker;
mod connect;
mod counts;
mod descriptors;
mod dial;
pub mod dns;
mod guard;
pub mod hello;
pub mod http;
mod knock;
mod models;
mod proxy;
pub(crate) mod race;
pub(crate) mod reach;
mod recent;
mod refusal;
mod relay;
mod resolve;
mod road;
mod settings;
pub mod socks;
mod teller;
mod transparent;
mod tunnel;
mod upstream;
pub(crate) mod wire;

pub use counts::Counts;
pub use guard::Guarded;
pub use knock::SECRET;
pub use refusal::Refusal;
pub use resolve::{Resolver, SystemResolver, Table};
pub use road::{Answer, Attempt, Denial, Door, Notice, Road, Way};
pub use settings::Settings;
pub use upstream::{Direct, Upstream};

use accept::Acceptor;
use broker::Broker;
use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread::JoinHandle;

/// The sockets that were bound inside of the sandbox.
#[derive(Debug)]
pub struct Doors {
    /// Where `HTTP_PROXY` and the like point: HTTP and SOCKS on one port.
    pub proxy: TcpListener,
    /// Where the sandbox diverts each TCP connection to that does not stay inside.
    pub any_tcp: TcpListener,
    /// The name server.
    pub dns_udp: UdpSocket,
    /// The name server, for answers that are too long or programs that prefer it.
    pub dns_tcp: TcpListener,
}

/// Why the broker could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused something that it needs.
    #[error("the egress broker can't {what}: {source}")]
    Begin {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The user's own proxy is none that it can use.
    #[error("your proxy, as the environment names it, can't be used: {0}")]
    Upstream(&'static str),
}

/// The broker, at work. Dropping it ends it.
#[derive(Debug)]
pub struct Egress {
    broker: Arc<Broker>,
    threads: Vec<JoinHandle<()>>,
}

impl Egress {
    /// Begins to accept from `doors`. Each attempt is put to `road`.
    pub fn open(doors: Doors, road: Arc<dyn Road>, settings: Settings) -> Result<Self, Error> {
        let begin = |what| move |source| Error::Begin { what, source };
        let (broker, teller) = Broker::new(road, settings).map_err(begin("prepare"))?;
        let broker = Arc::new(broker);
        let mut egress = Self { broker: Arc::clone(&broker), threads: Vec::new() };
        egress.threads.push(teller.run(Arc::clone(&broker)).map_err(begin("start a thread"))?);
        for acceptor in [
            Acceptor::new(Door::Proxy, doors.proxy, proxy::serve),
            Acceptor::new(Door::AnyTcp, doors.any_tcp, transparent::serve),
            Acceptor::new(Door::Dns, doors.dns_tcp, dns::serve::connection),
        ] {
            egress.threads.push(acceptor.run(Arc::clone(&broker)).map_err(begin("start a thread"))?);
        }
        egress.threads.push(dns::serve::datagrams(broker, doors.dns_udp).map_err(begin("start a thread"))?);
        Ok(egress)
    }

    /// What has passed so far.
    pub fn counts(&self) -> Counts {
        self.broker.counts.now()
    }

    /// Ends every connection, accepts no more, and returns once everything that happened has been told.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Egress {
    fn drop(&mut self) {
        self.broker.stop.ring();
        self.broker.workers.close();
        self.broker.notices.end();
        for thread in self.threads.drain(..) {
            // A thread that panicked has told so on standard error; there is nothing left to do for it.
            thread.join().ok();
        }
        if let Some(models) = &self.broker.settings.models {
            models.wait_for_the_last();
        }
    }
}
