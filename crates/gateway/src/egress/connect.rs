//! HTTP CONNECT: a tunnel to a host that is named in the request.

use super::authority;
use super::broker::Broker;
use super::http::head::Head;
use super::http::{answer, proxy};
use super::refusal::Refusal;
use super::road::{Attempt, Way};
use super::tunnel;
use super::wire::Wire;
use std::sync::Arc;

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

pub(crate) fn serve(broker: &Arc<Broker>, wire: Wire, head: &Head) {
    let attempt = match wanted(head) {
        Ok(attempt) => broker.meant(attempt),
        Err(why) => return proxy::refuse(broker, wire, why),
    };
    match broker.permit(&attempt).and_then(|permit| broker.begin(permit)) {
        Ok(begun) => {
            if wire.send(OPEN, broker.opening_deadline()).is_ok() {
                tunnel::run(broker, &attempt, wire, begun);
            }
        }
        Err(refusal) => deny(wire, &attempt, &refusal),
    }
}

fn wanted(head: &Head) -> Result<Attempt, &'static str> {
    let (host, port) = authority::parse(&head.second, None)?;
    if let Some(named) = head.only("host")? {
        let named = std::str::from_utf8(named).map_err(|_| "its Host header is not text")?;
        // Many programs leave the port out here.
        if authority::parse(named, Some(port))?.0 != host {
            return Err("its Host header names another host than its target");
        }
    }
    if head.values("content-length").chain(head.values("transfer-encoding")).next().is_some() {
        return Err("a CONNECT request has no body");
    }
    Ok(Attempt::new(host, port, Way::Connect))
}

fn deny(wire: Wire, attempt: &Attempt, refusal: &Refusal) {
    wire.bid_farewell(&answer(refusal, &attempt.to_string()));
}
