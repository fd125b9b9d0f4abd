//! Why something was not let through, and how that is said in each protocol.

use super::guard::Guarded;
use super::road::Denial;
use portcullis_event::Host;
use std::net::IpAddr;

/// Why something was not let through.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Policy says no.
    #[error("{}", .0.reasons.first().map_or("denied by policy", String::as_str))]
    Policy(Denial),
    /// The address is not on the public internet, and policy does not name it.
    #[error("{address} is {kind}, and no line of the policy names it")]
    Guarded {
        /// The address.
        address: IpAddr,
        /// What it is.
        kind: Guarded,
    },
    /// A name leads to an address that is not on the public internet, and policy does not name that address.
    #[error("{name} leads to {address}, which is {kind}, and no line of the policy names that address")]
    Rebinding {
        /// The name.
        name: Host,
        /// Where it leads.
        address: IpAddr,
        /// What that is.
        kind: Guarded,
    },
    /// The machine's own services are not the sandbox's.
    #[error("{host} is this machine itself; from inside of the sandbox its port {port} is out of reach")]
    HostLoopback {
        /// What was asked for.
        host: Host,
        /// The port.
        port: u16,
    },
    /// Two programs could read it differently, so nobody gets to read it.
    #[error("it was refused because {0}")]
    Malformed(&'static str),
    /// The connection was allowed under one name and would be used under another.
    #[error("it asked for {asked} and then spoke to {used}")]
    OtherName {
        /// What was asked for.
        asked: Host,
        /// What is in the first message.
        used: Host,
    },
    /// There are as many connections as the broker takes.
    #[error("there are too many connections at once")]
    Crowded,
    /// The name has no address.
    #[error("{0} has no address, or the name server does not answer")]
    NoAddress(Host),
    /// Nothing answers there.
    #[error("{0} can't be reached: {1}")]
    Unreachable(Host, String),
    /// What is said to a server of models can't be read.
    #[error("what is said to {0}, a server of models, can't be read: {1}")]
    Unread(Host, String),
    /// The other end speaks no proper HTTP.
    #[error("the server's answer was refused because {0}")]
    BadReply(&'static str),
}

impl Refusal {
    /// Whether somebody said no, rather than something not working.
    pub fn is_denial(&self) -> bool {
        match self {
            Self::Policy(_)
            | Self::Guarded { .. }
            | Self::Rebinding { .. }
            | Self::HostLoopback { .. }
            | Self::Malformed(_)
            | Self::OtherName { .. } => true,
            Self::Crowded | Self::NoAddress(_) | Self::Unreachable(..) | Self::Unread(..) | Self::BadReply(_) => false,
        }
    }

    /// What would change the answer.
    pub fn fix(&self) -> Option<String> {
        match self {
            Self::Policy(denial) => denial.fix.clone(),
            Self::Guarded { kind, .. } | Self::Rebinding { kind, .. } if kind.is_never_reached() => None,
            Self::Guarded { address, .. } | Self::Rebinding { address, .. } => {
                Some(format!("if it is meant, add \"{address}\" to `network.allow` in the policy"))
            }
            Self::HostLoopback { .. } => Some(
                "a server inside of the sandbox is reached directly, without a proxy; a port of the machine is reached \
                 as host.portcullis.internal:PORT if `network.allow` in the highest policy names exactly that"
                    .to_owned(),
            ),
            Self::OtherName { used, .. } => Some(format!("connect to {used} under its own name")),
            Self::Crowded => Some("close some connections, or try again in a moment".to_owned()),
            Self::Unread(..) => Some(
                "the program has to trust the authority of this run: its certificate is in the files that SSL_CERT_FILE and \
                 NODE_EXTRA_CA_CERTS name"
                    .to_owned(),
            ),
            Self::Malformed(_) | Self::NoAddress(_) | Self::Unreachable(..) | Self::BadReply(_) => None,
        }
    }

    /// The status of an HTTP answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Policy(_)
            | Self::Guarded { .. }
            | Self::Rebinding { .. }
            | Self::HostLoopback { .. }
            | Self::OtherName { .. } => 403,
            Self::Malformed(_) => 400,
            Self::Crowded => 503,
            Self::NoAddress(_) | Self::Unreachable(..) | Self::Unread(..) | Self::BadReply(_) => 502,
        }
    }

    /// What an HTTP answer says: which attempt, why, and how it would be allowed.
    pub(crate) fn page(&self, what: &str) -> String {
        let mut text = format!("portcullis: {} {what}\n", if self.is_denial() { "denied" } else { "no way to" });
        if let Self::Policy(Denial { reasons, .. }) = self
            && !reasons.is_empty()
        {
            for reason in reasons {
                line(&mut text, "", reason);
            }
        } else {
            line(&mut text, "", &self.to_string());
        }
        if let Some(fix) = self.fix() {
            line(&mut text, "to get it allowed: ", &fix);
        }
        text
    }

    /// The same in a few words, for the first line of an HTTP answer: many programs show nothing else.
    pub(crate) fn phrase(&self) -> String {
        let text = if self.is_denial() { format!("Denied by portcullis: {self}") } else { self.to_string() };
        text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).take(200).collect()
    }
}

fn line(text: &mut String, front: &str, said: &str) {
    text.push_str("  ");
    text.push_str(front);
    text.extend(said.chars().map(|c| if c.is_control() { ' ' } else { c }));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_not_forge_a_line_of_an_answer() {
        let denial =
            Denial { reasons: vec!["no\r\nSet-Cookie: a=b".to_owned()], fix: Some("a\nb".to_owned()), lasting: None };
        let refusal = Refusal::Policy(denial);
        assert_eq!(refusal.phrase(), "Denied by portcullis: no??Set-Cookie: a=b");
        assert_eq!(
            refusal.page("a.example:443"),
            "portcullis: denied a.example:443\n  no  Set-Cookie: a=b\n  to get it allowed: a b\n"
        );
    }

    #[test]
    fn a_denial_without_reasons_is_still_a_denial() {
        assert_eq!(Refusal::Policy(Denial::default()).phrase(), "Denied by portcullis: denied by policy");
    }
}
