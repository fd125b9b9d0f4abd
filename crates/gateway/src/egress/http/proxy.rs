//! Requests to the proxy: CONNECT opens a tunnel, everything else is passed on.

use super::super::broker::Broker;
use super::super::connect;
use super::super::refusal::Refusal;
use super::super::road::{Door, Notice};
use super::super::wire::Wire;
use super::answer;
use super::exchange::Exchange;
use std::sync::Arc;

/// Serves a connection on which HTTP is spoken.
pub(crate) fn serve(broker: &Arc<Broker>, wire: Wire) {
    let mut exchange = Exchange::at_proxy(broker, wire);
    while let Ok(Some(head)) = exchange.next_head() {
        if head.first == "CONNECT" {
            return connect::serve(broker, exchange.into_client(), &head);
        }
        exchange = match exchange.one(head) {
            Some(exchange) => exchange,
            None => return,
        };
    }
}

/// Tells and answers a request that can't be understood.
pub(crate) fn refuse(broker: &Broker, wire: Wire, why: &'static str) {
    broker.notices.tell(Notice::Malformed { door: Door::Proxy, why });
    wire.bid_farewell(&answer(&Refusal::Malformed(why), "a request"));
}
