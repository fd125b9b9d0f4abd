//! The door for programs that know of no proxy: each connection that would leave the sandbox is diverted to it.
//!
//! To which address the program connected is asked of the kernel. If that is a stand-in, the name is known. If it is a real
//! address, the program's first words may say a name: then that name is what is asked about and looked up, and the address
//! is forgotten, for nothing says that it belongs to the name.

use super::broker::Broker;
use super::dns::names::is_stand_in;
use super::http::exchange;
use super::refusal::Refusal;
use super::road::{Attempt, Door, Notice, Way};
use super::tunnel::{self, First};
use super::wire::Wire;
use portcullis_event::Host;
use rustix::net::sockopt::{ip_original_dst, ipv6_original_dst};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

pub(crate) fn serve(broker: &Arc<Broker>, wire: Wire) {
    let Some(wanted) = destination(&wire) else { return refuse(broker, wire, "it was not diverted") };
    let port = wanted.port();
    match wanted.ip().to_canonical() {
        IpAddr::V4(address) if is_stand_in(address) => match broker.names.name_of(address, Instant::now()) {
            Some(name) => by_name(broker, wire, name, port),
            None => refuse(broker, wire, "it went to an address that no name stands behind any more"),
        },
        address @ (IpAddr::V4(_) | IpAddr::V6(_)) => by_address(broker, wire, address, port),
    }
}

/// Where the program wanted to go. A connection that was made to this very door was not diverted.
fn destination(wire: &Wire) -> Option<SocketAddr> {
    if let Some(wanted) = wire.wanted() {
        return Some(wanted);
    }
    let here = wire.stream().local_addr().ok()?;
    let wanted = match here {
        SocketAddr::V4(_) => SocketAddr::V4(ip_original_dst(wire).ok()?),
        SocketAddr::V6(_) => SocketAddr::V6(ipv6_original_dst(wire).ok()?),
    };
    (wanted != here && wanted.port() > 0).then_some(wanted)
}

fn refuse(broker: &Broker, wire: Wire, why: &'static str) {
    broker.notices.tell(Notice::Malformed { door: Door::AnyTcp, why });
    wire.reset();
}

fn by_name(broker: &Arc<Broker>, wire: Wire, name: Host, port: u16) {
    let attempt = Attempt::new(name, port, Way::Transparent);
    go(broker, wire, &attempt);
}

/// Asks, connects, and moves bytes.
fn go(broker: &Arc<Broker>, wire: Wire, attempt: &Attempt) {
    match broker.permit(attempt).and_then(|permit| broker.begin(permit)) {
        Ok(begun) => tunnel::run(broker, attempt, wire, begun),
        Err(_) => wire.reset(),
    }
}

fn by_address(broker: &Arc<Broker>, mut wire: Wire, address: IpAddr, port: u16) {
    let Ok(host) = Host::parse(&address.to_string()) else { return refuse(broker, wire, "its address can't be read") };
    let attempt = Attempt::new(host, port, Way::Transparent);
    match tunnel::first_before_long(&mut wire, broker.opening_deadline()) {
        Ok(Ok(First::Tls(hello))) => match hello.server_name {
            Some(name) => by_name(broker, wire, name, port),
            None => go(broker, wire, &attempt),
        },
        Ok(Ok(First::Http)) => exchange::by_header(broker, &attempt, wire),
        Ok(Ok(First::Other)) => go(broker, wire, &attempt),
        Ok(Err(why)) => {
            broker.refused(&attempt, &Refusal::Malformed(why));
            wire.reset();
        }
        Err(_) => wire.reset(),
    }
}
