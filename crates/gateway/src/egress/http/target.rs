//! What a request is about, and how it is passed on.
//!
//! The line that names the target, the `Host` header and the connection that it came over all say where a request goes. They
//! have to say the same; what is passed on says it once, in one spelling.

use super::super::authority;
use super::super::road::{Attempt, Way};
use super::body::{self, Body};
use super::head::Head;
use portcullis_event::Host;

/// How a request came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// To the proxy; it names its target.
    Proxy,
    /// Through a tunnel to this host and port; it can't go anywhere else.
    Tunnel(Host, u16),
    /// Diverted from this address and port; its `Host` header says a name.
    Diverted(Host, u16),
}

/// A request, ready to be asked about and passed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked of the road.
    pub attempt: Attempt,
    /// What is passed on.
    pub head: Head,
    /// How its body ends.
    pub body: Body,
    /// Whether another request may follow.
    pub keep: bool,
    /// Whether it asks for a web socket.
    pub upgrade: bool,
}

/// An answer, ready to be passed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// What is passed on.
    pub head: Head,
    /// How its body ends.
    pub body: Body,
    /// Whether the server's connection can be used again.
    pub keep: bool,
}

/// Headers about this one connection, which are not passed on.
const HOP: [&str; 6] = ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// Headers without which a request means something else; no list may have them dropped.
const ESSENTIAL: [&str; 6] = ["host", "content-length", "authorization", "cookie", "content-type", "expect"];

/// Longest path that is put into an attempt.
const LONGEST_PATH: usize = 1024;

/// Reads what a request is about.
pub fn request(head: Head, side: &Side) -> Result<Request, &'static str> {
    let (named, path) = split(&head.second, &head.first)?;
    let header = host_header(&head)?;
    let (host, port) = match (side, named) {
        (Side::Proxy, Some(named)) => named,
        (Side::Proxy, None) => return Err("a request to a proxy has to name its target in full"),
        (Side::Tunnel(host, port), _) => (host.clone(), *port),
        (Side::Diverted(_, _), Some(_)) => return Err("it names a target in full, and this is no proxy"),
        (Side::Diverted(address, port), None) => match &header {
            Some((name, said)) if said.is_none_or(|said| said == *port) => (name.clone(), *port),
            Some(_) => return Err("its Host header names another port than it goes to"),
            None => (address.clone(), *port),
        },
    };
    agree(side, &head, &host, port, header.as_ref())?;
    let body = body::of_request(&head)?;
    let upgrade = is_web_socket(&head);
    let keep = keeps(&head);
    let attempt = Attempt::new(host, port, Way::Http { method: head.first.clone(), path: without_query(&path) });
    let headers = passed_on(&head, Some(&attempt), body, upgrade)?;
    Ok(Request { attempt, head: Head { second: path, headers, ..head }, body, keep, upgrade })
}

/// Everything that names a host has to name this one.
fn agree(
    side: &Side,
    head: &Head,
    host: &Host,
    port: u16,
    header: Option<&(Host, Option<u16>)>,
) -> Result<(), &'static str> {
    if let (Side::Tunnel(..), Some((named, at))) = (side, split(&head.second, &head.first)?.0)
        && (named != *host || at != port)
    {
        return Err("it names another host than its tunnel leads to");
    }
    match header {
        Some((named, _)) if named != host => Err("its Host header names another host than it goes to"),
        Some((_, Some(said))) if *said != port => Err("its Host header names another port than it goes to"),
        // Without a port the header means 80; in a tunnel and behind a diversion many programs leave it out.
        Some((_, None)) if *side == Side::Proxy && port != 80 => {
            Err("its Host header names another port than it goes to")
        }
        None if head.third == "HTTP/1.1" => Err("it has no Host header"),
        Some(_) | None => Ok(()),
    }
}

/// A host and a port.
type Named = (Host, u16);

/// The host and port that a target names, if it names any, and the path.
fn split(target: &str, method: &str) -> Result<(Option<Named>, String), &'static str> {
    if target.contains('#') {
        return Err("its target has a fragment");
    }
    if target.starts_with('/') || target == "*" && method == "OPTIONS" {
        return Ok((None, target.to_owned()));
    }
    let (scheme, rest) = target.split_once("://").ok_or("its target is neither a path nor a URL")?;
    if !scheme.eq_ignore_ascii_case("http") {
        return Err("a URL of another scheme than http needs a tunnel: use CONNECT");
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (named, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let path = match path.chars().next() {
        Some('/') => path.to_owned(),
        Some(_) => format!("/{path}"),
        None if method == "OPTIONS" => "*".to_owned(),
        None => "/".to_owned(),
    };
    Ok((Some(authority::parse(named, Some(80))?), path))
}

fn host_header(head: &Head) -> Result<Option<(Host, Option<u16>)>, &'static str> {
    let Some(value) = head.only("host")? else { return Ok(None) };
    let text = std::str::from_utf8(value).map_err(|_| "its Host header is not text")?;
    // 0 is no port, and stands for none.
    let (host, port) = match authority::parse(text, None) {
        Ok((host, port)) => (host, Some(port)),
        Err(_) => (authority::parse(text, Some(1))?.0, None),
    };
    Ok(Some((host, port)))
}

fn without_query(path: &str) -> String {
    path.split('?').next().unwrap_or_default().chars().take(LONGEST_PATH).collect()
}

fn keeps(head: &Head) -> bool {
    let words = head.words("connection");
    head.third == "HTTP/1.1" && !words.iter().any(|word| word == "close")
}

fn is_web_socket(head: &Head) -> bool {
    head.words("connection").iter().any(|word| word == "upgrade") && head.words("upgrade") == ["websocket"]
}

/// The headers that are passed on. A request gets the host that it goes to, in the one spelling that was asked about.
fn passed_on(
    head: &Head,
    attempt: Option<&Attempt>,
    body: Body,
    upgrade: bool,
) -> Result<Vec<(String, Vec<u8>)>, &'static str> {
    let listed = head.words("connection");
    if attempt.is_some() && listed.iter().any(|word| ESSENTIAL.contains(&word.as_str())) {
        return Err("its Connection header would have an essential header dropped");
    }
    let mut headers = Vec::with_capacity(head.headers.len() + 2);
    if let Some(attempt) = attempt {
        headers.push(("Host".to_owned(), written(attempt).into_bytes()));
    }
    for (name, value) in &head.headers {
        let lower = name.to_ascii_lowercase();
        let dropped = HOP.contains(&lower.as_str())
            || lower.starts_with("proxy-")
            || listed.contains(&lower)
            || attempt.is_some() && lower == "host";
        if !dropped {
            headers.push((name.clone(), value.clone()));
        }
    }
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.as_bytes().to_vec()));
    if body == Body::Chunked {
        add("Transfer-Encoding", "chunked");
    }
    if upgrade {
        add("Connection", "Upgrade");
        add("Upgrade", "websocket");
    }
    Ok(headers)
}

/// `host:port` without the port that everybody assumes.
fn written(attempt: &Attempt) -> String {
    let text = attempt.to_string();
    match text.strip_suffix(":80") {
        Some(host) if attempt.port == 80 => host.to_owned(),
        Some(_) | None => text,
    }
}

/// Reads an answer to `request`, of which `keep` tells whether another may follow.
pub fn reply(head: &Head, method: &str, upgraded: bool) -> Result<Reply, &'static str> {
    let body = body::of_reply(head, method)?;
    let keep = body != Body::UntilClose
        && head.first == "HTTP/1.1"
        && !head.words("connection").iter().any(|it| it == "close");
    let headers = passed_on(head, None, body, upgraded)?;
    let head = Head { first: "HTTP/1.1".to_owned(), second: head.second.clone(), third: head.third.clone(), headers };
    Ok(Reply { head, body, keep })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::http::head;

    fn read(text: &str, side: &Side) -> Result<Request, &'static str> {
        let head::Read::Whole(head, _) = head::request(text.as_bytes())? else { panic!("{text:?}") };
        request(head, side)
    }

    fn tunnel() -> Side {
        Side::Tunnel(Host::parse("good.example").unwrap(), 8080)
    }

    fn diverted() -> Side {
        Side::Diverted(Host::parse("93.184.216.34").unwrap(), 80)
    }

    #[test]
    fn a_request_is_passed_on_with_one_host_and_without_what_concerns_the_proxy() {
        let text = "GET HTTP://Good.Example:80/a?b=c HTTP/1.1\r\nhost: good.example\r\nProxy-Connection: keep-alive\r\n\
                    Proxy-Authorization: Basic x\r\nConnection: x-own, keep-alive\r\nX-Own: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n\
                    Accept: */*\r\n\r\n";
        let request = read(text, &Side::Proxy).unwrap();
        assert_eq!(
            String::from_utf8(request.head.bytes()).unwrap(),
            "GET /a?b=c HTTP/1.1\r\nHost: good.example\r\nAccept: */*\r\n\r\n"
        );
        assert_eq!(request.attempt.to_string(), "good.example:80");
        assert_eq!(request.attempt.way, Way::Http { method: "GET".to_owned(), path: "/a".to_owned() });
        assert!(request.keep);
    }

    #[test]
    fn a_target_is_read_in_all_its_forms() {
        for (target, host, path) in [
            ("http://good.example", "good.example", "/"),
            ("http://good.example?x=http://evil.example/", "good.example", "/?x=http://evil.example/"),
            ("http://good.example/@evil.example/", "good.example", "/@evil.example/"),
            ("http://good.example//evil.example/", "good.example", "//evil.example/"),
        ] {
            let request = read(&format!("GET {target} HTTP/1.1\r\nHost: good.example\r\n\r\n"), &Side::Proxy).unwrap();
            assert_eq!((request.attempt.host.as_str(), request.head.second.as_str()), (host, path));
        }
        let ipv6 =
            read("GET http://[2001:db8::1]:81/ HTTP/1.1\r\nHost: [2001:db8:0::1]:81\r\n\r\n", &Side::Proxy).unwrap();
        assert!(ipv6.head.bytes().starts_with(b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n"));
        let all = read("OPTIONS http://good.example HTTP/1.1\r\nHost: good.example\r\n\r\n", &Side::Proxy).unwrap();
        assert_eq!(all.head.second, "*");
    }

    #[test]
    fn a_request_that_names_two_targets_is_refused() {
        for text in [
            "GET http://good.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\nHost: evil.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\nhOST: good.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example:81\r\n\r\n",
            "GET http://good.example:81/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example@evil.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example, evil.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost:\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\n\r\n",
            "GET http://good.example@evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET http://good.example:80@evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET http://evil.example\\@good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET http://evil.example#@good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET http://evil.example%2f@good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET http:///good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET https://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET ftp://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET file:///etc/passwd HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET good.example HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\nConnection: host\r\n\r\n",
            "POST http://good.example/ HTTP/1.1\r\nHost: good.example\r\nConnection: content-length\r\nContent-Length: 3\r\n\r\n",
        ] {
            assert!(read(text, &Side::Proxy).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_request_in_a_tunnel_goes_where_the_tunnel_goes() {
        for text in [
            "GET / HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: Good.Example.:8080\r\n\r\n",
            "GET http://good.example:8080/ HTTP/1.1\r\nHost: good.example:8080\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
        ] {
            let request = read(text, &tunnel()).unwrap();
            assert_eq!(request.attempt.to_string(), "good.example:8080");
            assert!(
                request
                    .head
                    .bytes()
                    .starts_with(format!("GET / {}\r\nHost: good.example:8080\r\n", request.head.third).as_bytes())
            );
        }
        for text in [
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: good.example:80\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET http://evil.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
            "GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n",
        ] {
            assert!(read(text, &tunnel()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_diverted_request_goes_to_the_name_in_its_header() {
        let to = |text| read(text, &diverted()).map(|request| request.attempt.to_string());
        assert_eq!(to("GET / HTTP/1.1\r\nHost: good.example\r\n\r\n").as_deref(), Ok("good.example:80"));
        assert_eq!(to("GET / HTTP/1.1\r\nHost: 93.184.216.34\r\n\r\n").as_deref(), Ok("93.184.216.34:80"));
        assert_eq!(to("GET / HTTP/1.0\r\n\r\n").as_deref(), Ok("93.184.216.34:80"));
        assert!(to("GET / HTTP/1.1\r\nHost: good.example:81\r\n\r\n").is_err());
        assert!(to("GET http://good.example/ HTTP/1.1\r\nHost: good.example\r\n\r\n").is_err());
    }

    #[test]
    fn only_web_sockets_are_upgraded_to() {
        let text =
            "GET / HTTP/1.1\r\nHost: good.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n";
        let request = read(text, &tunnel()).unwrap();
        assert!(request.upgrade);
        assert!(request.head.bytes().ends_with(b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
        let text = "GET / HTTP/1.1\r\nHost: good.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n";
        let request = read(text, &tunnel()).unwrap();
        assert!(!request.upgrade);
        assert_eq!(request.head.headers.len(), 1);
    }

    #[test]
    fn an_answer_that_clients_would_read_differently_is_refused() {
        let read = |text: &str| {
            let Ok(head::Read::Whole(head, _)) = head::reply(text.as_bytes()) else { panic!("{text:?}") };
            reply(&head, "GET", false)
        };
        let good = read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Type: x\r\n\r\n").unwrap();
        assert_eq!((good.body, good.keep), (Body::UntilClose, false));
        assert_eq!(good.head.bytes(), b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n");
        assert!(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(read("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n").is_err());
        assert_eq!(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n").unwrap().body, Body::None);
    }
}
