//! The client of the gate: an agent on this machine, spoken to over HTTP/1.1.

use super::Shared;
use super::link::Link;
use super::road;
use crate::egress::http::body::{self, Body};
use crate::egress::http::head::Head;
use crate::egress::http::reading::{Cut, each_piece, next_request};
use crate::egress::wire::Wire;
use std::io;
use std::time::{Duration, Instant};

/// A request whose head was read.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) head: Head,
    pub(crate) body: Body,
    /// Whether the connection stays open for another.
    pub(crate) keep: bool,
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

/// So much room is made for a body before any of it came.
const AHEAD: usize = 256 << 10;

/// Until when nothing may move.
pub(super) fn idle(shared: &Shared) -> Instant {
    Instant::now() + shared.settings.idle
}

/// The head of the next request.
pub(super) fn next(shared: &Shared, link: &mut Link) -> Result<Incoming, Unread> {
    let opening = || Instant::now() + shared.settings.opening;
    let head = match next_request(link, idle(shared), opening)? {
        Some(head) => head.map_err(|why| Unread::Refused(400, why))?,
        None => return Err(Unread::Gone),
    };
    let hosts = head.values("host").count();
    if hosts > 1 || hosts == 0 && head.third == "HTTP/1.1" {
        return Err(Unread::Refused(400, "it does not name its host once"));
    }
    let body = body::of_request(&head).map_err(|why| Unread::Refused(400, why))?;
    let keep = head.third == "HTTP/1.1" && !head.words("connection").iter().any(|word| word == "close");
    if head.values("expect").next().is_some() {
        link.send(b"HTTP/1.1 100 Continue\r\n\r\n", opening())?;
    }
    Ok(Incoming { head, body, keep })
}

/// All of a request's body.
pub(super) fn whole_body(shared: &Shared, link: &mut Link, body: Body) -> Result<Vec<u8>, Unread> {
    let (longest, mut all) = (shared.settings.longest, Vec::new());
    let too_long = Unread::Refused(413, "it is longer than this gate reads");
    if let Body::Length(length) = body {
        if length > longest as u64 {
            return Err(too_long);
        }
        // Who announces much need not send it.
        all.reserve(usize::try_from(length).unwrap_or(0).min(AHEAD));
    }
    let read = each_piece(
        link,
        body,
        || Instant::now() + shared.settings.opening,
        |piece| {
            all.extend_from_slice(piece);
            if all.len() > longest { Err(()) } else { Ok(()) }
        },
    );
    match read {
        Ok(()) => Ok(all),
        Err(Cut::Taker(())) => Err(too_long),
        Err(Cut::Malformed(why)) => Err(Unread::Refused(400, why)),
        Err(Cut::Gone(_)) => Err(Unread::Gone),
    }
}

/// Reads past a request's body and keeps nothing of it.
pub(super) fn skip_body(shared: &Shared, link: &mut Link, body: Body) {
    let (mut left, deadline) = (shared.settings.longest, Instant::now() + shared.settings.opening);
    if matches!(body, Body::Length(length) if length > left as u64) {
        return;
    }
    let read = each_piece(
        link,
        body,
        || deadline,
        |piece| {
            left = left.checked_sub(piece.len()).ok_or(())?;
            Ok::<(), ()>(())
        },
    );
    // What is not read is not answered to either; the connection ends in any case.
    drop(read);
}

/// Who asks, by what it says of itself.
pub(super) fn who(head: &Head) -> road::Client {
    let text = |name: &str| {
        let value = String::from_utf8_lossy(head.values(name).next()?).trim().to_owned();
        (!value.is_empty() && value.len() <= 200).then_some(value)
    };
    let program = text("user-agent").map(|it| it.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase());
    let session = ["x-claude-code-session-id", "session-id", "session_id"].into_iter().find_map(text);
    road::Client { program: program.filter(|it| !it.is_empty()), session, key: None }
}

/// A whole answer.
pub(super) fn answer(status: u16, kind: &str, body: &[u8], keep: bool) -> Vec<u8> {
    answer_that_waits(status, kind, body, keep, None)
}

/// A whole answer that says when to ask again.
pub(super) fn answer_that_waits(status: u16, kind: &str, body: &[u8], keep: bool, wait: Option<Duration>) -> Vec<u8> {
    let phrase = match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Error",
    };
    let connection = if keep { "" } else { "Connection: close\r\n" };
    // Whole seconds, and never a moment too early.
    let wait = wait.map(|wait| format!("Retry-After: {}\r\n", wait.as_secs() + 1)).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status} {phrase}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{wait}{connection}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Says to one client too many that it is one.
pub(super) fn turn_away(wire: Wire) {
    wire.bid_farewell(&answer(503, "text/plain", b"Portcullis: too many connections at once\n", false));
}
