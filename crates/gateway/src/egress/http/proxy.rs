//! Requests to the proxy: CONNECT opens a tunnel.

use super::super::broker::Broker;
use super::super::connect;
use super::super::refusal::Refusal;
use super::super::road::{Door, Notice};
use super::super::wire::Wire;
use super::answer;
use super::head::{self, Head, Read};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// Serves a connection on which HTTP is spoken.
pub(crate) fn serve(broker: &Arc<Broker>, mut wire: Wire) {
    match read_request(&mut wire, broker.opening_deadline()) {
        Ok(Ok(head)) if head.first == "CONNECT" => connect::serve(broker, wire, &head),
        Ok(Ok(_)) => refuse(broker, wire, "only CONNECT is spoken here"),
        Ok(Err(why)) => refuse(broker, wire, why),
        Err(_) => {}
    }
}

/// Tells and answers a request that can't be understood.
pub(crate) fn refuse(broker: &Broker, wire: Wire, why: &'static str) {
    broker.notices.tell(Notice::Malformed { door: Door::Proxy, why });
    wire.bid_farewell(&answer(&Refusal::Malformed(why), "a request"));
}

/// Reads the head of the next request, which then counts as used.
pub(crate) fn read_request(wire: &mut Wire, deadline: Instant) -> io::Result<Result<Head, &'static str>> {
    loop {
        match head::request(wire.held()) {
            Ok(Read::Whole(head, length)) => {
                wire.consume(length);
                return Ok(Ok(head));
            }
            Ok(Read::Partial) if wire.fill(deadline)? => {}
            Ok(Read::Partial) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(why) => return Ok(Err(why)),
        }
    }
}
