//! Accepts connections at a door, each served by a thread of its own, as many as there may be.

use super::broker::Broker;
use super::http;
use super::knock;
use super::refusal::Refusal;
use super::road::{Door, Notice};
use super::wire::Wire;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{Builder, JoinHandle};

/// Serves one connection.
type Serve = fn(&Arc<Broker>, Wire);

#[derive(Debug)]
pub(crate) struct Acceptor {
    door: Door,
    listener: TcpListener,
    serve: Serve,
}

/// A place among the open connections, given back when it is dropped.
struct Place(Arc<Broker>);

impl Place {
    /// A place, and whether there is still one to be served at, or only one to be told that there is none.
    fn take(broker: &Arc<Broker>) -> (Self, Room) {
        let before = broker.counts.open.fetch_add(1, Relaxed);
        let room = match before.checked_sub(broker.settings.connections) {
            None => Room::Enough,
            Some(beyond) if beyond < STANDING => Room::Standing,
            Some(_) => Room::None,
        };
        (Self(Arc::clone(broker)), room)
    }
}

/// Whether there is room for another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Enough,
    Standing,
    None,
}

/// How many connections beyond the last are still told why they are not served.
const STANDING: usize = 32;

impl Drop for Place {
    fn drop(&mut self) {
        self.0.counts.open.fetch_sub(1, Relaxed);
    }
}

impl Acceptor {
    pub(crate) fn new(door: Door, listener: TcpListener, serve: Serve) -> Self {
        Self { door, listener, serve }
    }

    pub(crate) fn run(self, broker: Arc<Broker>) -> io::Result<JoinHandle<()>> {
        self.listener.set_nonblocking(true)?;
        Builder::new().name("egress-accept".to_owned()).spawn(move || self.work(&broker))
    }

    fn work(&self, broker: &Arc<Broker>) {
        let accept = |listener: &TcpListener| listener.accept().map(|(stream, _)| stream);
        broker.stop.accept_all(&self.listener, accept, |stream| self.begin(broker, stream));
    }

    fn begin(&self, broker: &Arc<Broker>, stream: TcpStream) {
        let Ok(wire) = Wire::new(stream, Arc::clone(&broker.stop)) else { return };
        let (place, room) = Place::take(broker);
        let serve = match room {
            Room::Enough => self.serve,
            Room::Standing if self.door == Door::Proxy => turn_away,
            Room::Standing | Room::None => {
                broker.notices.mention(Notice::Crowded { door: self.door });
                return wire.reset();
            }
        };
        // Without a thread the connection is dropped, and with it its place.
        let door = self.door;
        let work = move || {
            if let Some(wire) = knock::admitted(&place.0, door, wire) {
                serve(&place.0, wire);
            }
        };
        if broker.workers.run(Box::new(work)).is_err() {
            broker.notices.mention(Notice::Crowded { door: self.door });
        }
    }
}

/// Says why somebody is not served.
fn turn_away(broker: &Arc<Broker>, wire: Wire) {
    broker.notices.mention(Notice::Crowded { door: Door::Proxy });
    wire.bid_farewell(&http::answer(&Refusal::Crowded, "connect"));
}
