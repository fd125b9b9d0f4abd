//! The user's own HTTP proxy, where a network lets nothing out but through one. It looks names up by itself, so where they
//! lead can't be checked here; each attempt says so.

use super::authority;
use super::http::head::{self, Read};
use super::race;
use super::refusal::Refusal;
use super::resolve::Resolver;
use super::road::Attempt;
use super::wire::Wire;
use crate::stop::Stop;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_event::{Host, Secret};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// An HTTP proxy, and how to log in to it.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Where it is.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// What it wants to see, such as `Basic …`.
    pub authorization: Option<Secret<String>>,
    /// What is reached without it.
    pub direct: Direct,
}

/// What is reached without the proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Direct {
    everything: bool,
    /// These, and what lies below those of them that are names.
    within: Vec<Host>,
}

impl Direct {
    /// Reads a list as `NO_PROXY` has it: `*`, or names and addresses with commas in between; a dot or `*.` in front of a name
    /// and a port behind it mean nothing. Ranges of addresses are not understood, and left out as by most programs.
    pub fn parse(text: &str) -> Self {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let host = |word: &str| {
            let name = word.strip_prefix('*').unwrap_or(word);
            let name = name.strip_prefix('.').unwrap_or(name);
            Host::parse(name).ok().or_else(|| Some(authority::parse(name, None).ok()?.0))
        };
        Self { everything: words.clone().any(|word| word == "*"), within: words.filter_map(host).collect() }
    }

    fn holds(&self, host: &Host) -> bool {
        self.everything || self.within.iter().any(|domain| host.is_within(domain))
    }
}

impl Upstream {
    /// Reads a proxy as `HTTPS_PROXY` names it: `http://user:password@host:port`, all but the host may be missing.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err("the proxy is no http:// URL"),
            None => text,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
        let (host, port) = authority::parse(place, Some(80))?;
        let authorization = login.map(|login| decoded(login).ok_or("the proxy's login can't be read")).transpose()?;
        let authorization =
            authorization.map(|login| Secret::new(format!("Basic {}", STANDARD.encode(login.expose()))));
        Ok(Self { host, port, authorization, direct: Direct::default() })
    }

    /// The proxy that the environment names, if it names one: `HTTPS_PROXY`, or else `ALL_PROXY` if that is one for HTTP, with
    /// what `NO_PROXY` leaves out. Each may be in small letters, which then count.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, &'static str> {
        let either =
            |small: &str, large: &str| variable(small).or_else(|| variable(large)).filter(|text| !text.is_empty());
        let for_all =
            || either("all_proxy", "ALL_PROXY").filter(|text| !text.to_ascii_lowercase().starts_with("socks"));
        let Some(text) = either("https_proxy", "HTTPS_PROXY").or_else(for_all) else { return Ok(None) };
        let direct = either("no_proxy", "NO_PROXY").map_or_else(Direct::default, |text| Direct::parse(&text));
        Ok(Some(Self { direct, ..Self::parse(&text)? }))
    }

    /// Whether this is reached through it.
    pub(crate) fn is_for(&self, host: &Host) -> bool {
        !host.is_loopback() && !host.is_of_the_machine() && !self.direct.holds(host)
    }

    /// A connection through it.
    pub(crate) fn connect(
        &self,
        resolver: &dyn Resolver,
        stop: &Arc<Stop>,
        attempt: &Attempt,
        deadline: Instant,
    ) -> Result<Wire, Refusal> {
        let unreachable =
            |why: String| Refusal::Unreachable(attempt.host.clone(), format!("your proxy {}: {why}", self.host));
        let wire = self.tunnel(resolver, stop, attempt, deadline).map_err(|error| unreachable(error.to_string()))?;
        wire.map_err(|status| unreachable(format!("it answers {status}")))
    }

    fn tunnel(
        &self,
        resolver: &dyn Resolver,
        stop: &Arc<Stop>,
        attempt: &Attempt,
        deadline: Instant,
    ) -> io::Result<Result<Wire, String>> {
        let mut wire = Wire::new(race::run(stop, &self.addresses(resolver)?, self.port, deadline)?, Arc::clone(stop))?;
        let login = self.authorization.as_ref().map_or(Secret::new(String::new()), |value| {
            Secret::new(format!("Proxy-Authorization: {}\r\n", value.expose()))
        });
        let request = Secret::new(format!("CONNECT {attempt} HTTP/1.1\r\nHost: {attempt}\r\n{}\r\n", login.expose()));
        wire.send(request.expose().as_bytes(), deadline)?;
        loop {
            match head::reply(wire.held()) {
                Ok(Read::Whole(head, length)) => {
                    wire.consume(length);
                    return Ok(if head.second.starts_with('2') { Ok(wire) } else { Err(head.second) });
                }
                Ok(Read::Partial) if wire.fill(deadline)? => {}
                Ok(Read::Partial) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(why) => return Ok(Err(format!("something that is no HTTP: {why}"))),
            }
        }
    }

    /// It is the user's own, so it may be anywhere.
    fn addresses(&self, resolver: &dyn Resolver) -> io::Result<Vec<IpAddr>> {
        match self.host.address() {
            Some(address) => Ok(vec![address]),
            None => resolver.addresses(&self.host),
        }
    }
}

/// A login without its percent signs.
fn decoded(text: &str) -> Option<Secret<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(digit()? << 4 | digit()?).ok()?
        } else {
            byte
        };
        bytes.push(byte);
    }
    let sound = !bytes.iter().any(u8::is_ascii_control);
    let bytes = Secret::new(bytes);
    sound.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_as_the_environment_names_it() {
        let read =
            |text| Upstream::parse(text).map(|it| format!("{} {} {}", it.host, it.port, it.authorization.is_some()));
        for (text, expected) in [
            ("http://proxy.corp.example:8080", "proxy.corp.example 8080 false"),
            ("HTTP://proxy.corp.example/", "proxy.corp.example 80 false"),
            ("10.0.0.1:3128", "10.0.0.1 3128 false"),
            ("http://me:p%40ss@[::1]:3128/", "::1 3128 true"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for bad in [
            "",
            "https://proxy.example",
            "socks5://proxy.example",
            "http://proxy.example/path",
            "http://a%0d:b@proxy.example",
            "http://a%4@proxy.example",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_environment_is_read_as_other_programs_read_it() {
        let of = |set: &[(&str, &str)]| {
            let find = |name: &str| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            Upstream::of_environment(find).map(|it| it.map(|it| it.host.to_string()))
        };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[("HTTPS_PROXY", "")]), Ok(None));
        assert_eq!(of(&[("HTTP_PROXY", "http://a.example")]), Ok(None));
        assert_eq!(
            of(&[("HTTPS_PROXY", "http://a.example"), ("https_proxy", "http://b.example")]),
            Ok(Some("b.example".to_owned()))
        );
        assert_eq!(of(&[("ALL_PROXY", "http://a.example:8080/")]), Ok(Some("a.example".to_owned())));
        assert_eq!(of(&[("ALL_PROXY", "socks5h://a.example")]), Ok(None));
        assert!(of(&[("HTTPS_PROXY", "https://a.example")]).is_err());
    }

    #[test]
    fn what_is_left_out_is_reached_directly() {
        let find = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://proxy.example:8080".to_owned()),
            "NO_PROXY" => Some(".corp.example, *.dev.example,git.example:443,10.0.0.7,10.0.0.0/8".to_owned()),
            _ => None,
        };
        let upstream = Upstream::of_environment(find).unwrap().unwrap();
        let is_for = |host: &str| upstream.is_for(&Host::parse(host).unwrap());
        for direct in
            ["corp.example", "a.corp.example", "x.dev.example", "git.example", "10.0.0.7", "localhost", "127.0.0.1"]
        {
            assert!(!is_for(direct), "{direct}");
        }
        for through in ["evilcorp.example", "corp.example.evil.example", "10.0.0.8", "github.com"] {
            assert!(is_for(through), "{through}");
        }
        assert_eq!(Direct::parse("*"), Direct { everything: true, within: Vec::new() });
    }

    #[test]
    fn a_login_is_sent_as_it_is_meant_and_never_shown() {
        let upstream = Upstream::parse("http://me:p%40ss@proxy.example:8080").unwrap();
        let value = upstream.authorization.as_ref().unwrap();
        assert_eq!(value.expose(), "Basic bWU6cEBzcw==");
        assert!(!format!("{upstream:?}").contains("bWU6"));
    }
}
