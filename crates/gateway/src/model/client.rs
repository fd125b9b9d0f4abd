//! The client of the gate: an agent on this machine, spoken to over HTTP/1.1.

use super::Shared;
use super::road;
use crate::egress::http::body::{self, Body, Reader, Step};
use crate::egress::http::head::{self, Head, Read};
use crate::egress::wire::Wire;
use std::io;
use std::time::Instant;

/// A request whose head was read.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) head: Head,
    pub(super) body: Body,
    /// Whether the connection stays open for another.
    pub(super) keep: bool,
}

/// Why nothing more is read from a client.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is gone, or has nothing more to say.
    Gone,
    /// What it sent can't be read, or may not be: a status and words.
    Refused(u16, &'static str),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// The head of the next request.
pub(super) fn next(shared: &Shared, wire: &mut Wire) -> Result<Incoming, Unread> {
    if wire.held().is_empty() && !wire.fill(Instant::now() + shared.settings.idle)? {
        return Err(Unread::Gone);
    }
    let deadline = Instant::now() + shared.settings.opening;
    let head = loop {
        if wire.is_crumbled() {
            return Err(Unread::Refused(400, "it comes in too many pieces"));
        }
        match head::request(wire.held()).map_err(|why| Unread::Refused(400, why))? {
            Read::Whole(head, length) => {
                wire.consume(length);
                break head;
            }
            Read::Partial if wire.fill(deadline)? => {}
            Read::Partial => return Err(Unread::Gone),
        }
    };
    let hosts = head.values("host").count();
    if hosts > 1 || hosts == 0 && head.third == "HTTP/1.1" {
        return Err(Unread::Refused(400, "it does not name its host once"));
    }
    let body = body::of_request(&head).map_err(|why| Unread::Refused(400, why))?;
    let keep = head.third == "HTTP/1.1" && !head.words("connection").iter().any(|word| word == "close");
    if head.values("expect").next().is_some() {
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n", deadline)?;
    }
    Ok(Incoming { head, body, keep })
}

/// All of a request's body.
pub(super) fn whole_body(shared: &Shared, wire: &mut Wire, body: Body) -> Result<Vec<u8>, Unread> {
    let (mut reader, mut all) = (Reader::new(body), Vec::new());
    let too_long = Unread::Refused(413, "it is longer than this gate reads");
    if matches!(body, Body::Length(length) if length > shared.settings.longest as u64) {
        return Err(too_long);
    }
    loop {
        match reader.step(wire.held()).map_err(|why| Unread::Refused(400, why))? {
            Step::Wait => {
                if !wire.fill(Instant::now() + shared.settings.opening)? {
                    return Err(Unread::Gone);
                }
            }
            Step::Data(count) => {
                all.extend_from_slice(wire.held().get(..count).unwrap_or_default());
                wire.consume(count);
                if all.len() > shared.settings.longest {
                    return Err(too_long);
                }
            }
            Step::Skip(count) => wire.consume(count),
            Step::End(count) => {
                wire.consume(count);
                return Ok(all);
            }
        }
    }
}

/// Who asks, by what it says of itself.
pub(super) fn who(head: &Head) -> road::Client {
    let text = |name: &str| {
        let value = String::from_utf8_lossy(head.values(name).next()?).trim().to_owned();
        (!value.is_empty() && value.len() <= 200).then_some(value)
    };
    let program = text("user-agent").map(|it| it.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase());
    let session = ["x-claude-code-session-id", "session-id", "session_id"].into_iter().find_map(text);
    road::Client { program: program.filter(|it| !it.is_empty()), session }
}

/// A whole answer.
pub(super) fn answer(status: u16, kind: &str, body: &[u8], keep: bool) -> Vec<u8> {
    let phrase = match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Error",
    };
    let connection = if keep { "" } else { "Connection: close\r\n" };
    let head = format!(
        "HTTP/1.1 {status} {phrase}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{connection}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Says to one client too many that it is one.
pub(super) fn turn_away(wire: Wire) {
    wire.bid_farewell(&answer(503, "text/plain", b"Portcullis: too many connections at once\n", false));
}
