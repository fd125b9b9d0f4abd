//! Where bytes go: a host name or an address, in one spelling only.

use crate::ParseError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A host in its one canonical spelling: lower case, no trailing dot, addresses as the standard library prints them.
///
/// Spellings that resolvers disagree about (`0x7f.1`, `2130706433`, `127.1`) are refused, so that what policy compares
/// is what the system would connect to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

impl Host {
    /// Reads a host name, an IPv4 address or an IPv6 address (with or without brackets).
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if let Some(address) = parse_address(text) {
            return Ok(Self(address.to_string()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        check_name(&name)?;
        Ok(Self(name))
    }

    /// The host as text; an IPv6 address comes without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, if this is one and not a name.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.parse().ok()
    }

    /// Whether this host is `domain` or a name below it. Compared by labels, so `evilgithub.com` is not in `github.com`.
    pub fn is_within(&self, domain: &Host) -> bool {
        self == domain
            || (self.address().is_none()
                && self.0.strip_suffix(domain.as_str()).is_some_and(|front| front.ends_with('.')))
    }

    /// The name under which a sandbox reaches services of the machine that it runs on, port by port. To a program inside,
    /// `localhost` is the sandbox's own. Nobody can register a name below `internal`.
    pub const OF_THE_MACHINE: &str = "host.portcullis.internal";

    /// Whether this is [`Self::OF_THE_MACHINE`].
    pub fn is_of_the_machine(&self) -> bool {
        self.0 == Self::OF_THE_MACHINE
    }

    /// Whether this names the machine itself: `localhost`, a name below it, or a loopback address.
    pub fn is_loopback(&self) -> bool {
        match self.address() {
            Some(address) => address.to_canonical().is_loopback(),
            None => self.0 == "localhost" || self.0.ends_with(".localhost"),
        }
    }
}

fn parse_address(text: &str) -> Option<IpAddr> {
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        return Some(v4.into());
    }
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    // An IPv4-mapped address reaches the same machine as the IPv4 address that it wraps; policy sees one of them.
    inner.parse::<Ipv6Addr>().ok().map(|v6| IpAddr::V6(v6).to_canonical())
}

fn check_name(name: &str) -> Result<(), ParseError> {
    if name.is_empty() || name.len() > 253 {
        return Err(ParseError::Host("a name has 1 to 253 characters"));
    }
    for label in name.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Err(ParseError::Host("each part between dots has 1 to 63 characters"));
        }
        if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(ParseError::Host("only letters, digits, '-' and '_' (write other scripts in their xn-- form)"));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(ParseError::Host("a part may not start or end with '-'"));
        }
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let numeric = last.bytes().all(|b| b.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if numeric {
        return Err(ParseError::Host(
            "it looks like an address in an unusual spelling; write it as four decimal numbers",
        ));
    }
    Ok(())
}

impl FromStr for Host {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Host {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        Self::parse(&text)
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    #[test]
    fn one_host_has_one_spelling() {
        for (given, canonical) in [
            ("API.GitHub.com.", "api.github.com"),
            ("[::1]", "::1"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("_dmarc.example.com", "_dmarc.example.com"),
        ] {
            assert_eq!(host(given).as_str(), canonical);
            assert_eq!(host(canonical).as_str(), canonical);
        }
    }

    #[test]
    fn the_machines_name_is_that_name_only() {
        assert!(host("Host.Portcullis.INTERNAL.").is_of_the_machine());
        for other in ["a.host.portcullis.internal", "portcullis.internal", "host.portcullis.internal.evil.example"] {
            assert!(!host(other).is_of_the_machine(), "{other}");
        }
    }

    #[test]
    fn spellings_that_resolvers_disagree_about_are_refused() {
        for bad in [
            "",
            ".",
            "a..b",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0x7f.1",
            "1.2.3.4.5",
            "a b",
            "a/b",
            "a:80",
            "user@host",
            "-a.com",
            "a-.com",
            "bücher.example",
            "[::1",
            "::1]",
            "evil\0.com",
            "a%2eb",
            &"a".repeat(64),
            &format!("{}a", "a.".repeat(127)),
        ] {
            assert!(Host::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn domains_are_compared_by_labels() {
        let github = host("github.com");
        assert!(host("api.github.com").is_within(&github));
        assert!(github.is_within(&github));
        assert!(!host("evilgithub.com").is_within(&github));
        assert!(!host("github.com.evil.io").is_within(&github));
        assert!(!host("10.0.0.1").is_within(&host("1.0.0.1")));
    }

    #[test]
    fn loopback_is_known_in_every_form() {
        for local in ["localhost", "app.localhost", "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            assert!(host(local).is_loopback(), "{local}");
        }
        assert!(!host("localhost.evil.io").is_loopback());
    }
}
