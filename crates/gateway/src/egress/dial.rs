//! From an attempt to a connection: ask, look up, check, connect, in this order.

use super::broker::Broker;
use super::guard::{self, Guarded};
use super::race;
use super::refusal::Refusal;
use super::road::{Answer, Attempt};
use super::upstream::Upstream;
use super::wire::Wire;
use portcullis_event::Host;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Most addresses of one name that are looked at.
const MOST_ADDRESSES: usize = 32;

/// That the road has allowed an attempt. Only with it something is looked up or connected to.
#[must_use = "a permit does nothing until it is used"]
#[derive(Debug, Clone)]
pub(crate) struct Permit {
    attempt: Attempt,
}

impl Permit {
    /// What was allowed.
    pub(crate) fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

impl Broker {
    /// Asks the road. Whatever comes back is counted and told.
    pub(crate) fn permit(&self, attempt: &Attempt) -> Result<Permit, Refusal> {
        let permit = self.permit_quietly(attempt);
        match &permit {
            Ok(_) => _ = self.counts.allowed.fetch_add(1, Relaxed),
            Err(refusal) => self.refused(attempt, refusal),
        }
        permit
    }

    /// Looks the name up, checks where it leads, and connects there.
    pub(crate) fn dial(&self, permit: Permit) -> Result<Wire, Refusal> {
        let attempt = permit.attempt;
        let wire = self.dial_quietly(&attempt);
        if let Err(refusal) = &wire {
            if refusal.is_denial() {
                self.recent.remember(&attempt, refusal, Instant::now());
            }
            self.refused(&attempt, refusal);
        }
        wire
    }

    fn permit_quietly(&self, attempt: &Attempt) -> Result<Permit, Refusal> {
        let unchecked = attempt.host.address().is_none() && self.upstream_for(&attempt.host).is_some();
        let attempt = Attempt { unchecked, ..attempt.clone() };
        if let Some(refusal) = self.recent.again(&attempt, Instant::now()) {
            return Err(refusal);
        }
        let asked = self.ask(&attempt);
        if let Err(refusal) = &asked {
            self.recent.remember(&attempt, refusal, Instant::now());
        }
        asked.map(|()| Permit { attempt })
    }

    fn ask(&self, attempt: &Attempt) -> Result<(), Refusal> {
        let Attempt { host, port, .. } = attempt;
        let guarded = host.address().map(|address| (address, guard::kind_here(address)));
        if host.is_loopback() || matches!(guarded, Some((_, Some(Guarded::Loopback)))) {
            self.host_loopback(host, *port)?;
        }
        match (guarded, self.road.ask(attempt)) {
            (_, Answer::Deny(denial)) => Err(Refusal::Policy(denial)),
            // Only a line that names this very port opens one of the machine's.
            (_, Answer::Allow { named: false }) if host.is_of_the_machine() => {
                Err(Refusal::HostLoopback { host: host.clone(), port: *port })
            }
            (Some((address, Some(kind))), Answer::Allow { named }) if kind.is_never_reached() || !named => {
                Err(Refusal::Guarded { address, kind })
            }
            (_, Answer::Allow { .. }) => Ok(()),
        }
    }

    /// To whoever runs inside, `localhost` is the sandbox's own. The machine's is reached only where a port was opened.
    fn host_loopback(&self, host: &Host, port: u16) -> Result<(), Refusal> {
        let open = self.settings.host_loopback.contains(&port);
        if open { Ok(()) } else { Err(Refusal::HostLoopback { host: host.clone(), port }) }
    }

    fn dial_quietly(&self, attempt: &Attempt) -> Result<Wire, Refusal> {
        if let Some(upstream) = self.upstream_for(&attempt.host) {
            let deadline = Instant::now() + self.settings.connecting;
            return upstream.connect(&*self.settings.resolver, &self.stop, attempt, deadline);
        }
        let addresses = self.lead(attempt)?;
        let deadline = Instant::now() + self.settings.connecting;
        let stream = race::run(&self.stop, &addresses, attempt.port, deadline);
        let unreachable = |error: io::Error| Refusal::Unreachable(attempt.host.clone(), error.to_string());
        stream.and_then(|stream| Wire::new(stream, Arc::clone(&self.stop))).map_err(unreachable)
    }

    /// The user's own proxy, if this is to go through it.
    fn upstream_for(&self, host: &Host) -> Option<&Upstream> {
        self.settings.upstream.as_ref().filter(|upstream| upstream.is_for(host))
    }

    /// Where an allowed attempt leads; each address is one that may be dialled.
    fn lead(&self, attempt: &Attempt) -> Result<Vec<IpAddr>, Refusal> {
        let Attempt { host, port, .. } = attempt;
        if let Some(address) = host.address() {
            return Ok(vec![address]);
        }
        // No name server is asked: what it said could be anything.
        if host.is_loopback() || host.is_of_the_machine() {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let mut addresses = self.settings.resolver.addresses(host).map_err(|_| Refusal::NoAddress(host.clone()))?;
        addresses.truncate(MOST_ADDRESSES);
        for address in &mut addresses {
            *address = address.to_canonical();
        }
        if addresses.is_empty() {
            return Err(Refusal::NoAddress(host.clone()));
        }
        // One bad address is enough: a name that leads to the internet and into the machine's network means no good.
        addresses.iter().try_for_each(|address| self.check(attempt, *address, *port))?;
        Ok(addresses)
    }

    fn check(&self, attempt: &Attempt, address: IpAddr, port: u16) -> Result<(), Refusal> {
        let Some(kind) = guard::kind_here(address) else { return Ok(()) };
        let name = attempt.host.clone();
        let refusal = Refusal::Rebinding { name: name.clone(), address, kind };
        if kind.is_never_reached() || kind == Guarded::Loopback && !self.settings.host_loopback.contains(&port) {
            return Err(refusal);
        }
        let host = Host::parse(&address.to_string()).map_err(|_| refusal.clone())?;
        let behind = Some((name, kind));
        match self.road.ask(&Attempt { host, port, way: attempt.way.clone(), behind, unchecked: false }) {
            Answer::Allow { named: true } => Ok(()),
            Answer::Allow { named: false } => Err(refusal),
            Answer::Deny(denial) => Err(Refusal::Policy(denial)),
        }
    }
}
