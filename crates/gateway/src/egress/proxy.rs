//! The door where `HTTP_PROXY` and the like point. The first byte tells which protocol is spoken.

use super::broker::Broker;
use super::http;
use super::road::{Door, Notice};
use super::socks;
use super::wire::Wire;
use std::sync::Arc;

pub(crate) fn serve(broker: &Arc<Broker>, mut wire: Wire) {
    let deadline = broker.opening_deadline();
    // Whoever says nothing, or leaves, has asked for nothing.
    if !wire.fill(deadline).unwrap_or(false) {
        return;
    }
    match wire.held().first() {
        Some(5) => socks::serve(broker, wire),
        Some(first) if first.is_ascii_alphabetic() => http::proxy::serve(broker, wire),
        Some(_) | None => {
            broker.notices.tell(Notice::Malformed { door: Door::Proxy, why: "it is neither HTTP nor SOCKS 5" });
            wire.reset();
        }
    }
}
