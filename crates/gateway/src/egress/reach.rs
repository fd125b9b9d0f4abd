//! Connects to a server that the user has named: directly, or through the user's own proxy.

use super::wire::Wire;
use super::{Attempt, Refusal, Resolver as _, SystemResolver, Upstream, Way, race};
use crate::stop::Stop;
use portcullis_event::Host;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

/// A connection to a host and port.
pub(crate) fn reach(
    proxy: Option<&Upstream>,
    stop: &Arc<Stop>,
    (host, port): (&Host, u16),
    deadline: Instant,
) -> io::Result<Wire> {
    if let Some(proxy) = proxy.filter(|proxy| proxy.is_for(host)) {
        let attempt = Attempt::new(host.clone(), port, Way::Connect);
        let refused = |refusal: Refusal| io::Error::other(refusal.to_string());
        return proxy.connect(&SystemResolver, stop, &attempt, deadline).map_err(refused);
    }
    let addresses = match host.address() {
        Some(address) => vec![address],
        None if host.is_loopback() => vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)],
        None => SystemResolver.addresses(host)?,
    };
    Wire::new(race::run(stop, &addresses, port, deadline)?, Arc::clone(stop))
}
