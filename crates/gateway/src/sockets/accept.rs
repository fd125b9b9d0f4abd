//! Accepts connections at a door, each served by a thread of its own, as many as there may be.

use super::road::Notice;
use super::wire::Wire;
use super::{Door, Service, Shared, agent, engine, plain};
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{Builder, JoinHandle};

pub(super) struct Acceptor(Arc<Door>);

/// A place among the open connections, given back when it is dropped.
struct Place(Arc<Shared>);

impl Place {
    fn take(shared: &Arc<Shared>) -> Option<Self> {
        let before = shared.open.fetch_add(1, Relaxed);
        let place = Self(Arc::clone(shared));
        (before < shared.settings.connections).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

impl Acceptor {
    pub(super) fn new(door: Door) -> Self {
        Self(Arc::new(door))
    }

    pub(super) fn run(self, shared: Arc<Shared>) -> io::Result<JoinHandle<()>> {
        self.0.listener.set_nonblocking(true)?;
        Builder::new().name("sockets-accept".to_owned()).spawn(move || self.work(&shared))
    }

    fn work(&self, shared: &Arc<Shared>) {
        let accept = |listener: &UnixListener| listener.accept().map(|(stream, _)| stream);
        shared.stop.accept_all(&self.0.listener, accept, |stream| self.begin(shared, stream));
    }

    fn begin(&self, shared: &Arc<Shared>, stream: UnixStream) {
        let Ok(wire) = Wire::new(stream, Arc::clone(&shared.stop)) else { return };
        let crowded = || shared.asker.tell(&Notice::Crowded { service: self.0.service.name() });
        let Some(place) = Place::take(shared) else { return crowded() };
        let door = Arc::clone(&self.0);
        let work = move || serve(&place.0, door.service, &door.outside, wire);
        if shared.workers.run(Box::new(work)).is_err() {
            crowded();
        }
    }
}

fn serve(shared: &Shared, service: Service, outside: &Path, wire: Wire) {
    match service {
        Service::SshAgent => agent::serve(shared, outside, wire),
        Service::Engine(kind) => engine::serve(shared, kind, outside, wire),
        Service::Plain => plain::serve(shared, outside, &wire),
    }
}
