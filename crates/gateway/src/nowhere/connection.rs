//! A connection: to whom it was meant to go, and in which language it speaks.

use super::Shared;
use super::body::{Length, more};
use super::heard::{Heard, Request};
use super::speech;
use crate::egress::dns::names::is_stand_in;
use crate::egress::http::head::{self, Read as ReadHead};
use portcullis_event::Host;
use rustix::net::sockopt::ip_original_dst;
use rustls::server::Acceptor;
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long nothing may be said before a silence is taken for waiting.
const SILENCE: Duration = Duration::from_millis(700);

/// How many requests one connection may make.
const MOST_REQUESTS: usize = 64;

/// The first byte of TLS.
const HANDSHAKE: u8 = 22;

/// Serves a connection to its end.
pub(super) fn serve(shared: &Shared, stream: TcpStream) {
    let patient = stream.set_read_timeout(Some(SILENCE)).and_then(|()| stream.set_write_timeout(Some(SILENCE)));
    let Some((host, port)) = destination(shared, &stream).filter(|_| patient.is_ok()) else { return };
    let mut first = [0; 1];
    match stream.peek(&mut first) {
        Ok(1) if first == [HANDSHAKE] => over_tls(shared, (host, port), stream),
        Ok(0) => shared.record.keep(Heard::Said { host, port, bytes: Vec::new() }),
        Ok(_) | Err(_) => talk(shared, (host, port), false, stream),
    }
}

/// To whom it was meant to go: the name that was asked for, or the address.
fn destination(shared: &Shared, stream: &TcpStream) -> Option<(String, u16)> {
    let wanted = match ip_original_dst(stream) {
        Ok(wanted) => SocketAddr::V4(wanted),
        // Not diverted: somebody looks for a proxy.
        Err(_) => stream.local_addr().ok()?,
    };
    let name = match wanted.ip() {
        IpAddr::V4(address) if is_stand_in(address) => shared.names.name_of(address, Instant::now()),
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    };
    Some((name.map_or_else(|| wanted.ip().to_string(), |name| name.to_string()), wanted.port()))
}

fn over_tls(shared: &Shared, (host, port): (String, u16), mut stream: TcpStream) {
    match session(shared, &host, &mut stream) {
        Ok((session, name)) => {
            let mut wire = StreamOwned::new(session, stream);
            // The handshake: who does not trust us breaks it off here.
            while wire.conn.is_handshaking() {
                if wire.conn.complete_io(&mut wire.sock).is_err() {
                    return shared.record.keep(Heard::Unread { host: known_as(host, name.as_deref()), port });
                }
            }
            talk(shared, (known_as(host, name.as_deref()), port), true, wire);
        }
        Err(_) => shared.record.keep(Heard::Unread { host, port }),
    }
}

/// The server that the client asks for, and its name if it says one.
fn session(shared: &Shared, host: &str, stream: &mut TcpStream) -> io::Result<(ServerConnection, Option<String>)> {
    let authority = shared.authority.as_ref().ok_or(ErrorKind::Unsupported)?;
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(stream)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if let Some(accepted) = acceptor.accept().map_err(|(error, _)| io::Error::other(error))? {
            break accepted;
        }
    };
    let name = accepted.client_hello().server_name().map(str::to_owned);
    let server = Host::parse(name.as_deref().unwrap_or(host)).map_err(io::Error::other)?;
    let session = accepted.into_connection(authority.server(&server)?);
    Ok((session.map_err(|(error, _)| io::Error::other(error))?, name))
}

fn talk(shared: &Shared, (reached, port): (String, u16), tls: bool, mut wire: impl Read + Write) {
    let mut held = Vec::new();
    for _ in 0..MOST_REQUESTS {
        let read = loop {
            match head::request(&held) {
                Ok(ReadHead::Whole(first, length)) => break Some((first, length)),
                Ok(ReadHead::Partial) if may_become_request(&held) => match more(&mut held, &mut wire) {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => break None,
                },
                Ok(ReadHead::Partial) | Err(_) => break None,
            }
        };
        let Some((request, length)) = read else { break };
        let as_it_came: Vec<u8> = held.drain(..length).collect();
        if request.words("expect").iter().any(|word| word == "100-continue") {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").and_then(|()| wire.flush()).ok();
        }
        let body = Length::of(&request).read(&mut held, &mut wire);
        let (method, target) = (request.first.clone(), request.second.clone());
        let host = named(&request, &reached);
        let mut heard = Request { host, port, tls, method, target, head: as_it_came, body, baited: false };
        let answer = shared.baits.answer(&heard);
        heard.baited = answer.baited;
        let reply = answer.bytes(heard.method == "HEAD");
        shared.record.keep(Heard::Request(heard));
        if wire.write_all(&reply).and_then(|()| wire.flush()).is_err()
            || request.words("connection").contains(&"close".to_owned())
        {
            return;
        }
        if held.is_empty() && !matches!(more(&mut held, &mut wire), Ok(1..)) {
            return;
        }
    }
    speech::listen(shared, (reached, port), held, &mut wire);
}

/// Whether this can be the beginning of a request. Nothing said yet can be.
fn may_become_request(held: &[u8]) -> bool {
    head::looks_like_request(held) != Some(false)
}

/// The host that a request names, where it was reached by an address only.
fn named(head: &head::Head, host: &str) -> String {
    let said = head.values("host").next().map(|value| String::from_utf8_lossy(value).into_owned());
    known_as(host.to_owned(), said.as_deref().map(|said| said.split(':').next().unwrap_or_default()))
}

/// A host by the name that was looked up to reach it. What it is called besides proves nothing, and is told only where it was
/// reached by an address.
fn known_as(host: String, called: Option<&str>) -> String {
    let is_name = |host: &str| Host::parse(host).is_ok_and(|host| host.address().is_none());
    match called {
        Some(called) if !is_name(&host) && is_name(called) && !host.contains('(') => format!("{host} ({called})"),
        Some(_) | None => host,
    }
}
