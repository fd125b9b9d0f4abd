//! What is asked of the road, and what it is told.

use super::guard::Guarded;
use super::refusal::Refusal;
use portcullis_event::{Host, Net, NetOp};
use std::fmt;

/// Asks, decides, records. The command line implements it with policy and ledger.
pub trait Road: Send + Sync {
    /// Whether this may happen. It is asked before anything leaves, lookups included, and may take its time: a person may
    /// have to be asked.
    fn ask(&self, attempt: &Attempt) -> Answer;

    /// Something happened that is no question: what the broker refused, what was seen. Called by one thread only, in order.
    /// What happens again within a moment is told a second time only, with how often that was.
    fn told(&self, notice: &Notice, times: u64);
}

/// The answer to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It may happen.
    Allow {
        /// Whether policy names this very host, address or range, and does not just let pass what no line is about. Only
        /// then may it be an address that is not on the public internet.
        named: bool,
    },
    /// It may not.
    Deny(Denial),
}

/// Why something may not happen, and what would change that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Denial {
    /// One sentence each, the strictest first, with the line of the policy that decided.
    pub reasons: Vec<String>,
    /// What would change the answer.
    pub fix: Option<String>,
    /// What would let it through from now on, where `fix` is for this once.
    pub lasting: Option<String>,
}

/// Something inside tries to reach something outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The other end: a name, or an address if that is all that is known.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// How it is tried.
    pub way: Way,
    /// If `host` is an address that a name led to, and that is not on the public internet: that name, and why it is
    /// asked about. The name itself was allowed already.
    pub behind: Option<(Host, Guarded)>,
    /// Whether where the name leads can't be checked, since the user's own proxy looks it up.
    pub unchecked: bool,
}

/// How something is tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Way {
    /// A tunnel was asked for, by HTTP CONNECT.
    Connect,
    /// A request over plain HTTP.
    Http {
        /// Its method.
        method: String,
        /// The path, without the query.
        path: String,
    },
    /// A tunnel was asked for, by SOCKS.
    Socks,
    /// A program connected without knowing of any proxy.
    Transparent,
}

impl Way {
    /// The protocol as it stands in an event.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Connect | Self::Socks | Self::Transparent => "tcp",
        }
    }
}

impl Attempt {
    /// A host and a port, and how they are tried.
    pub fn new(host: Host, port: u16, way: Way) -> Self {
        Self { host, port, way, behind: None, unchecked: false }
    }

    /// The body of the event that this is.
    pub fn event(&self) -> Net {
        let op = match self.way {
            Way::Http { .. } => NetOp::Request,
            Way::Connect | Way::Socks | Way::Transparent => NetOp::Connect,
        };
        let mut net = Net::new(op, self.host.clone());
        net.port = Some(self.port);
        net.protocol = Some(self.way.protocol().to_owned());
        if let Way::Http { method, path } = &self.way {
            net.method = Some(method.clone());
            net.url_path = Some(path.clone());
        }
        if let Some((name, kind)) = &self.behind {
            net.rest.insert("name".to_owned(), name.as_str().into());
            net.rest.insert("address-is".to_owned(), kind.to_string().into());
        }
        if self.unchecked {
            net.rest.insert("address-unchecked".to_owned(), true.into());
        }
        net
    }
}

/// `host:port`, with an IPv6 address in brackets.
impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.as_str().contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// A door of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// HTTP and SOCKS.
    Proxy,
    /// Diverted connections.
    AnyTcp,
    /// Names.
    Dns,
}

/// What the road is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Notice {
    /// An attempt was refused, by policy or by the broker itself.
    Refused {
        /// What was tried.
        attempt: Attempt,
        /// Why not.
        refusal: Refusal,
    },
    /// Somebody inside said something that can't be understood, or only in more than one way.
    Malformed {
        /// Where.
        door: Door,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A name was asked about in a way that could carry data: other than for an address. Nothing left.
    Lookup {
        /// The name; of further ones below the same domain, that domain.
        name: Host,
        /// The kind of record that was asked for; 16 is TXT.
        kind: u16,
    },
    /// A TLS hello has a second, encrypted one in it, so its server may be another one behind the same address. Browsers send
    /// random bytes that look the same.
    EncryptedHello {
        /// What had been asked.
        attempt: Attempt,
    },
    /// A connection ended.
    Closed {
        /// What had been asked.
        attempt: Attempt,
        /// Bytes that left.
        bytes_out: u64,
        /// Bytes that came back.
        bytes_in: u64,
    },
    /// More was tried at once than the broker takes.
    Crowded {
        /// Where.
        door: Door,
    },
    /// So many notices came faster than they could be told, and were dropped.
    Lost,
}

impl Notice {
    /// What stands for all notices that are told as one. Names that carry data differ each time, but not in their domain.
    pub(crate) fn alike(&self) -> Self {
        match self {
            Self::Lookup { name, kind } => Self::Lookup { name: domain(name), kind: *kind },
            Self::Refused { .. }
            | Self::Malformed { .. }
            | Self::EncryptedHello { .. }
            | Self::Closed { .. }
            | Self::Crowded { .. }
            | Self::Lost => self.clone(),
        }
    }
}

/// The last two labels of a name.
fn domain(name: &Host) -> Host {
    let mut dots = name.as_str().rmatch_indices('.').skip(1);
    let domain = dots.next().and_then(|(dot, _)| name.as_str().get(dot + 1..));
    domain.and_then(|domain| Host::parse(domain).ok()).unwrap_or_else(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_below_one_domain_are_alike() {
        let lookup = |name: &str, kind| Notice::Lookup { name: Host::parse(name).unwrap(), kind };
        assert_eq!(lookup("aGVsbG8.data.evil.example", 16).alike(), lookup("evil.example", 16));
        assert_eq!(lookup("evil.example", 16).alike(), lookup("evil.example", 16));
        assert_eq!(lookup("evil", 16).alike(), lookup("evil", 16));
        assert_ne!(lookup("a.evil.example", 16).alike(), lookup("a.evil.example", 15).alike());
    }

    #[test]
    fn an_attempt_is_an_event() {
        let mut attempt = Attempt::new(Host::parse("a.example").unwrap(), 443, Way::Connect);
        let net = attempt.event();
        assert_eq!((net.op, net.port, net.protocol.as_deref()), (NetOp::Connect, Some(443), Some("tcp")));
        assert!(net.rest.is_empty());
        attempt.behind = Some((Host::parse("b.example").unwrap(), Guarded::Private));
        attempt.way = Way::Http { method: "GET".to_owned(), path: "/x".to_owned() };
        let net = attempt.event();
        assert_eq!((net.op, net.method.as_deref(), net.url_path.as_deref()), (NetOp::Request, Some("GET"), Some("/x")));
        assert_eq!(net.rest.get("name").and_then(|name| name.as_str()), Some("b.example"));
    }
}
