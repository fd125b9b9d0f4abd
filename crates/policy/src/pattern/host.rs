//! Hosts: exact names, everything below a name, address ranges, this machine; with or without a port.
//!
//! A name never stands for an address and an address never for a name: who connects to an address gets what is said
//! about addresses. Exact names and suffixes are found by hashing.
//!
//! A port of the machine that a sandbox runs on is opened by its exact name and port alone: whoever writes `*` or
//! `*.internal` did not think of the database that listens on this machine's loopback.

use super::{BadPattern, Breadth, Set, lowest};
use crate::config::Item;
use crate::source::Places;
use portcullis_event::Host;
use std::collections::HashMap;
use std::net::IpAddr;

/// Where something goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Destination<'a> {
    pub(crate) host: &'a Host,
    pub(crate) port: Option<u16>,
    /// Only a name is looked up; no port is concerned.
    pub(crate) lookup: bool,
}

/// Many host patterns.
#[derive(Debug, Default)]
pub(crate) struct HostSet {
    exact: HashMap<String, Vec<Rule>>,
    below: HashMap<String, Vec<Rule>>,
    ranges: Vec<(IpAddr, u8, Rule)>,
    loopback: Vec<Rule>,
    any: Vec<Rule>,
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    number: usize,
    port: Option<u16>,
}

impl Rule {
    fn fits(self, to: Destination<'_>, breadth: Breadth) -> bool {
        match (self.port, to.port) {
            (None, _) => true,
            // Looking up a name is harmless enough if some port of it is allowed, and not denied because one port is.
            (Some(_), _) if to.lookup => breadth == Breadth::Narrow,
            (Some(wanted), Some(port)) => wanted == port,
            (Some(_), None) => breadth == Breadth::Broad,
        }
    }
}

fn first<'a>(rules: impl IntoIterator<Item = &'a Rule>, to: Destination<'_>, breadth: Breadth) -> Option<usize> {
    rules.into_iter().filter(|rule| rule.fits(to, breadth)).map(|rule| rule.number).min()
}

/// Whether `address` lies in the range of `bits` leading bits of `base`.
fn in_range(address: IpAddr, base: IpAddr, bits: u8) -> bool {
    match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            address.to_bits() & mask == base.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            address.to_bits() & mask == base.to_bits() & mask
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// `host:443` in two parts. An IPv6 address has its colons in brackets, or no port.
fn split_port(text: &str) -> Result<(&str, Option<u16>), BadPattern> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => return Ok((text, None)),
    };
    match port.parse() {
        Ok(port) if port > 0 => Ok((host, Some(port))),
        _ => Err(BadPattern::new(format!("`{port}` is not a port"), "a port is a number from 1 to 65535")),
    }
}

fn range(text: &str) -> Result<(IpAddr, u8), BadPattern> {
    let help = "a range is an address and a number of bits, such as `10.0.0.0/8` or `fd00::/8`";
    let (base, bits) = text.split_once('/').unwrap_or((text, ""));
    let base = base.trim_start_matches('[').trim_end_matches(']');
    let base: IpAddr = base.parse().map_err(|_| BadPattern::new("not an address range", help))?;
    let most = if base.is_ipv4() { 32 } else { 128 };
    match bits.parse() {
        Ok(bits) if bits <= most => Ok((base, bits)),
        _ => Err(BadPattern::new(format!("the number of bits must be 0 to {most}"), help)),
    }
}

fn bad_host(text: &str, error: &portcullis_event::ParseError) -> BadPattern {
    let help = if text.contains("://") {
        "write the host only, without `https://` and without a path"
    } else if text.contains('*') {
        "`*` stands alone (any host) or in front, as in `*.example.com` (every host below it)"
    } else {
        "write a name such as `example.com`, an address, a range such as `10.0.0.0/8`, or `loopback`"
    };
    BadPattern::new(error.to_string(), help)
}

impl Set for HostSet {
    type Value<'a> = Destination<'a>;

    fn insert(&mut self, number: usize, item: &Item, _: &Places) -> Result<(), BadPattern> {
        let text = item.name.as_str();
        if text.contains('/') && !text.contains("://") {
            let (base, bits) = range(text)?;
            self.ranges.push((base, bits, Rule { number, port: None }));
            return Ok(());
        }
        if text.contains("://") {
            return Err(bad_host(text, &portcullis_event::ParseError::Host("this is a URL")));
        }
        let (host, port) = split_port(text)?;
        let rule = Rule { number, port };
        let parse = |host: &str| Host::parse(host).map_err(|error| bad_host(text, &error));
        match host {
            "*" => self.any.push(rule),
            "loopback" => self.loopback.push(rule),
            _ => match host.strip_prefix("*.") {
                Some(parent) => {
                    let parent = parse(parent)?;
                    if parent.address().is_some() {
                        return Err(BadPattern::new(
                            "nothing lies below an address",
                            "write a range such as `10.0.0.0/8`",
                        ));
                    }
                    self.below.entry(parent.into()).or_default().push(rule);
                }
                None => self.exact.entry(parse(host)?.into()).or_default().push(rule),
            },
        }
        Ok(())
    }

    fn find(&self, to: Destination<'_>, breadth: Breadth) -> Option<usize> {
        let name = to.host.as_str();
        let exact = self.exact.get(name).into_iter().flatten();
        if to.host.is_of_the_machine() && breadth == Breadth::Narrow {
            return first(exact.filter(|rule| rule.port.is_some()), to, breadth);
        }
        let mut best = first(exact, to, breadth);
        best = lowest(best, first(&self.any, to, breadth));
        if to.host.is_loopback() {
            best = lowest(best, first(&self.loopback, to, breadth));
        }
        match to.host.address() {
            Some(address) => {
                let ranges = self.ranges.iter().filter(|(base, bits, _)| in_range(address, *base, *bits));
                lowest(best, first(ranges.map(|(_, _, rule)| rule), to, breadth))
            }
            None => name.match_indices('.').fold(best, |best, (dot, _)| {
                let parent = name.get(dot + 1..).and_then(|parent| self.below.get(parent));
                lowest(best, first(parent.into_iter().flatten(), to, breadth))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::AbsPath;

    fn insert(pattern: &str) -> Result<HostSet, BadPattern> {
        let root = AbsPath::parse("/").unwrap();
        let places = Places { home: root.clone(), repository: None, cwd: root };
        let mut set = HostSet::default();
        set.insert(0, &Item { name: pattern.to_owned(), ..Item::default() }, &places)?;
        Ok(set)
    }

    fn fits(pattern: &str, host: &str, port: Option<u16>, breadth: Breadth) -> bool {
        let to = Destination { host: &Host::parse(host).unwrap(), port, lookup: false };
        insert(pattern).unwrap().find(to, breadth).is_some()
    }

    #[test]
    fn a_name_is_that_host_and_a_star_is_what_lies_below() {
        for (pattern, yes, no) in [
            ("github.com", "GitHub.com.", "api.github.com"),
            ("*.github.com", "api.github.com", "github.com"),
            ("*.github.com", "a.b.github.com", "evilgithub.com"),
            ("github.com", "github.com", "github.com.evil.example"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("fd00::/8", "fd12::1", "fe80::1"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
            ("loopback", "127.9.9.9", "128.0.0.1"),
            ("loopback", "::1", "localhost.evil.example"),
            ("localhost", "localhost", "127.0.0.1"),
            ("[::1]", "::1", "::2"),
        ] {
            assert!(fits(pattern, yes, None, Breadth::Narrow), "{pattern} {yes}");
            assert!(!fits(pattern, no, None, Breadth::Broad), "{pattern} {no}");
        }
    }

    #[test]
    fn an_ipv4_address_wrapped_in_ipv6_is_the_same_host() {
        assert!(fits("169.254.169.254", "::ffff:169.254.169.254", None, Breadth::Broad));
        assert!(fits("169.254.0.0/16", "::ffff:a9fe:a9fe", None, Breadth::Broad));
    }

    #[test]
    fn look_alike_letters_are_another_host() {
        assert!(Host::parse("g\u{456}thub.com").is_err());
        assert!(!fits("github.com", "xn--gthub-n4a.com", None, Breadth::Broad));
    }

    #[test]
    fn an_unknown_port_is_not_allowed_and_is_denied() {
        assert!(fits("a.example:443", "a.example", Some(443), Breadth::Narrow));
        assert!(!fits("a.example:443", "a.example", Some(80), Breadth::Broad));
        assert!(!fits("a.example:443", "a.example", None, Breadth::Narrow));
        assert!(fits("a.example:443", "a.example", None, Breadth::Broad));
        assert!(fits("[::1]:8080", "::1", Some(8080), Breadth::Narrow));
    }

    #[test]
    fn a_port_of_the_machine_is_opened_by_its_exact_name_and_port_alone() {
        let opened = |pattern| fits(pattern, Host::OF_THE_MACHINE, Some(11434), Breadth::Narrow);
        assert!(opened("host.portcullis.internal:11434"));
        for pattern in [
            "host.portcullis.internal",
            "host.portcullis.internal:11435",
            "*",
            "*:11434",
            "*.internal",
            "*.portcullis.internal:11434",
            "loopback",
            "localhost:11434",
            "127.0.0.1:11434",
            "0.0.0.0/0",
        ] {
            assert!(!opened(pattern), "{pattern}");
        }
        for pattern in ["host.portcullis.internal", "*", "*.internal"] {
            assert!(fits(pattern, Host::OF_THE_MACHINE, Some(11434), Breadth::Broad), "{pattern} denies");
        }
    }

    #[test]
    fn what_is_not_a_host_is_refused() {
        for bad in [
            "https://a.example",
            "a.example:0",
            "a.example:x",
            "*a.example",
            "a.*.b",
            "10.0.0.0/33",
            "a.b/8",
            "127.1",
            "",
            "*.10.0.0.1",
        ] {
            assert!(insert(bad).is_err(), "{bad}");
        }
    }
}
