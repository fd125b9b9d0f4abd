//! How the broker is set up.

use super::resolve::{Resolver, SystemResolver};
use super::upstream::Upstream;
use crate::model::Models;
use portcullis_event::Host;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How the broker is set up. The defaults are meant for one sandbox.
#[derive(Clone)]
pub struct Settings {
    /// Ports of the machine's own loopback that the sandbox may reach, if policy allows `localhost` as well.
    pub host_loopback: Vec<u16>,
    /// The user's own HTTP proxy, through which everything leaves. It looks names up, so resolved addresses can't be
    /// checked then.
    pub upstream: Option<Upstream>,
    /// Who reads what is said to servers of models. Without it a connection to one is like any other.
    pub models: Option<Models>,
    /// Who looks names up.
    pub resolver: Arc<dyn Resolver>,
    /// Names that mean the sandbox itself, besides `localhost`.
    pub local_names: Vec<Host>,
    /// What each connection begins with, if the doors are open to the whole machine, followed by where it was meant to go: an
    /// IPv6 address and a port, 18 bytes.
    pub secret: Option<[u8; super::SECRET]>,
    /// Most connections at once.
    pub connections: usize,
    /// Longest time to say what is wanted: a request's head, a SOCKS greeting, a TLS hello.
    pub opening: Duration,
    /// Longest time until the other end accepts a connection.
    pub connecting: Duration,
    /// Longest time that a connection is held on which nothing moves.
    pub idle: Duration,
    /// How long an identical attempt that was denied is denied again without asking.
    pub recent: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host_loopback: Vec::new(),
            upstream: None,
            models: None,
            resolver: Arc::new(SystemResolver),
            local_names: Vec::new(),
            secret: None,
            connections: 1024,
            opening: Duration::from_secs(15),
            connecting: Duration::from_secs(15),
            idle: Duration::from_mins(15),
            recent: Duration::from_secs(3),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host_loopback", &self.host_loopback)
            .field("upstream", &self.upstream)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
