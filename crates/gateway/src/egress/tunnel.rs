//! A tunnel, once both ends are connected: what is said first in it is looked at, and then bytes just move.
//!
//! A tunnel was allowed under one name. A TLS hello in it has to name the same server, and plain HTTP in it is read request
//! by request. Whatever else is spoken is not understood here; it reaches the host that was asked for and no other.

use super::broker::Broker;
use super::dial::Permit;
use super::hello::{self, Hello};
use super::http::{exchange, head};
use super::models;
use super::refusal::Refusal;
use super::relay;
use super::road::{Attempt, Notice};
use super::wire::Wire;
use crate::model::Models;
use rustix::event::PollFlags;
use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a client says first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// A TLS hello.
    Tls(Hello),
    /// A request of HTTP/1.
    Http,
    /// Something else, or nothing.
    Other,
}

/// A tunnel that may be.
pub(crate) enum Begun {
    /// To this end.
    Outside(Wire),
    /// To a server of models; it is connected to once something was asked of it.
    Models(Permit, Models, &'static str),
}

impl Broker {
    /// Connects to what was allowed, unless it is a server of models.
    pub(crate) fn begin(&self, permit: Permit) -> Result<Begun, Refusal> {
        match models::gate(self, permit.attempt()) {
            Some((gate, provider)) => Ok(Begun::Models(permit, gate, provider)),
            None => self.dial(permit).map(Begun::Outside),
        }
    }
}

/// Serves a client, now that what it asked for was allowed.
pub(crate) fn run(broker: &Arc<Broker>, attempt: &Attempt, inside: Wire, begun: Begun) {
    match begun {
        Begun::Outside(outside) => between(broker, attempt, inside, outside),
        Begun::Models(permit, gate, provider) => models::tunnel(broker, permit, (gate, provider), inside),
    }
}

/// Moves bytes between a client and the host that it asked for.
fn between(broker: &Arc<Broker>, attempt: &Attempt, mut inside: Wire, mut outside: Wire) {
    let mut greeted = 0;
    match first_of_tunnel(broker, &mut inside, &mut outside, &mut greeted) {
        Ok(Ok(First::Tls(hello))) => match check(broker, attempt, &hello) {
            Ok(()) => relay::run(broker, attempt, inside, outside, greeted),
            Err(refusal) => refuse(broker, attempt, &refusal, inside, outside),
        },
        Ok(Ok(First::Http)) => exchange::in_tunnel(broker, attempt, inside, outside),
        Ok(Ok(First::Other)) => relay::run(broker, attempt, inside, outside, greeted),
        Ok(Err(why)) => refuse(broker, attempt, &Refusal::Malformed(why), inside, outside),
        Err(_) => {
            broker.notices.tell(Notice::Closed { attempt: attempt.clone(), bytes_out: 0, bytes_in: greeted });
            inside.reset();
            outside.reset();
        }
    }
}

fn refuse(broker: &Broker, attempt: &Attempt, refusal: &Refusal, inside: Wire, outside: Wire) {
    broker.refused(attempt, refusal);
    inside.reset();
    outside.reset();
}

/// Whether a hello names whom the tunnel leads to.
pub(crate) fn check(broker: &Broker, attempt: &Attempt, hello: &Hello) -> Result<(), Refusal> {
    if hello.encrypted {
        broker.notices.tell(Notice::EncryptedHello { attempt: attempt.clone() });
    }
    match &hello.server_name {
        Some(used) if *used != attempt.host => {
            Err(Refusal::OtherName { asked: attempt.host.clone(), used: used.clone() })
        }
        Some(_) | None => Ok(()),
    }
}

/// What the client says first. In some protocols the server speaks first; what it says is handed on meanwhile, and counted.
/// Whatever the server does, its end included, nothing of the client's reaches it before it was looked at.
fn first_of_tunnel(
    broker: &Broker,
    inside: &mut Wire,
    outside: &mut Wire,
    greeted: &mut u64,
) -> io::Result<Result<First, &'static str>> {
    let idle = || Instant::now() + broker.settings.idle;
    let (mut deadline, mut server_ended) = (idle(), false);
    // How much of what is held was handed on already, see below.
    let mut ahead = 0;
    greet(broker, inside, outside, greeted)?;
    loop {
        let decided = if inside.is_crumbled() { Err(CRUMBLED) } else { classify(inside.held()) };
        match decided {
            // The server has its beginning already, so it can't be read and passed on as what it is.
            Ok(Some(First::Http)) if ahead > 0 => return Ok(Err("a request came in pieces, too slowly")),
            Ok(Some(first)) => {
                inside.consume(ahead);
                return Ok(Ok(first));
            }
            Ok(None) => {}
            Err(why) => return Ok(Err(why)),
        }
        let silent = inside.held().is_empty();
        let waits = ahead < inside.held().len() && may_be_more_than_http(inside.held());
        let until = if waits { deadline.min(Instant::now() + PATIENCE) } else { deadline };
        // A server that has ended would be reported as ready for ever.
        let from_outside = if server_ended { PollFlags::empty() } else { PollFlags::IN };
        let watched = if server_ended { inside.as_fd() } else { outside.as_fd() };
        let ready = broker.stop.wait([(inside.as_fd(), PollFlags::IN), (watched, from_outside)], Some(until));
        let [from_inside, from_outside] = match ready {
            Err(error) if error.kind() == io::ErrorKind::TimedOut && waits => {
                // A few letters and then nothing: a client of some other protocol waits for an answer, so it gets one. Should
                // it turn out to be a request after all, it ends.
                outside.send(inside.held().get(ahead..).unwrap_or_default(), idle())?;
                broker.counts.went_out(inside.held().len() - ahead);
                ahead = inside.held().len();
                deadline = idle();
                continue;
            }
            ready => ready?,
        };
        if !server_ended && !from_outside.is_empty() {
            server_ended = !outside.fill(deadline)?;
            greet(broker, inside, outside, greeted)?;
            if server_ended {
                inside.stream().shutdown(Shutdown::Write)?;
            }
        }
        if !from_inside.is_empty() && !inside.fill(deadline)? {
            let first = all_there_is(inside.held());
            inside.consume(ahead);
            return Ok(first);
        }
        if silent {
            deadline = if inside.held().is_empty() { idle() } else { broker.opening_deadline() };
        }
    }
}

/// How long a client may be silent before it is taken for one that waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

/// Whether this, which may become a request, may as well become something else than TLS or HTTP.
fn may_be_more_than_http(bytes: &[u8]) -> bool {
    matches!(hello::read(bytes), Ok(hello::Read::Other))
}

/// Hands on what the server has said.
fn greet(broker: &Broker, inside: &Wire, outside: &mut Wire, greeted: &mut u64) -> io::Result<()> {
    let greeting = outside.take_held();
    inside.send(&greeting, Instant::now() + broker.settings.idle)?;
    *greeted += broker.counts.came_back(greeting.len());
    Ok(())
}

pub(crate) const CRUMBLED: &str = "it comes in too many pieces";

/// What the client says first, if it says enough before long.
pub(crate) fn first_before_long(inside: &mut Wire, deadline: Instant) -> io::Result<Result<First, &'static str>> {
    loop {
        let decided = if inside.is_crumbled() { Err(CRUMBLED) } else { classify(inside.held()) };
        if let Some(first) = decided.transpose() {
            return Ok(first);
        }
        let waits = inside.held().is_empty() || may_be_more_than_http(inside.held());
        match inside.fill(if waits { deadline.min(Instant::now() + PATIENCE) } else { deadline }) {
            Ok(true) => {}
            Ok(false) => return Ok(all_there_is(inside.held())),
            Err(error) if waits && error.kind() == io::ErrorKind::TimedOut => return Ok(Ok(First::Other)),
            Err(error) => return Err(error),
        }
    }
}

/// What this is, if it was not enough to tell and no more will come. Half a line is no request.
fn all_there_is(bytes: &[u8]) -> Result<First, &'static str> {
    match hello::read(bytes)? {
        hello::Read::Partial if !bytes.is_empty() => Err("it ended in the middle of its first message"),
        hello::Read::Partial | hello::Read::Other | hello::Read::Whole(_) => Ok(First::Other),
    }
}

/// What this is the beginning of; `None` if it is not enough to tell.
fn classify(bytes: &[u8]) -> Result<Option<First>, &'static str> {
    if bytes.is_empty() {
        return Ok(None);
    }
    match hello::read(bytes)? {
        hello::Read::Whole(hello) => Ok(Some(First::Tls(hello))),
        hello::Read::Partial => Ok(None),
        hello::Read::Other => {
            Ok(head::looks_like_request(bytes).map(|yes| if yes { First::Http } else { First::Other }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_first_is_told_apart() {
        for (bytes, expected) in [
            (b"GET / HTTP/1.1\r\n".as_slice(), Ok(Some(First::Http))),
            (b"GET / HTTP/1.1\n", Ok(Some(First::Http))),
            (b"POST", Ok(None)),
            (b"\r\n", Ok(None)),
            (b"\r\nGET / HTTP/1.1\r\n", Ok(Some(First::Http))),
            (b" GET / HTTP/1.1\r\n", Ok(Some(First::Http))),
            (b"GET\t/ HTTP/1.1\r\n", Ok(Some(First::Http))),
            (b"GET / http/1.1 \r\n", Ok(Some(First::Http))),
            (b"PROPFIND / HTTP/1.1\r\n", Ok(Some(First::Http))),
            (b"M-SEARCH / HTTP/1.1\r\n", Ok(Some(First::Http))),
            (b"AMQP\0\0\x09\x01", Ok(Some(First::Other))),
            (b"HELLO \0\x01", Ok(Some(First::Other))),
            (b"ruok", Ok(Some(First::Other))),
            (b"GET key\r\n", Ok(Some(First::Other))),
            (b"SSH-2.0-client\r\n", Ok(Some(First::Other))),
            (b"EHLO a.example\r\n", Ok(Some(First::Other))),
            (b"\0\0\0\x08\x04\xd2\x16\x2f", Ok(Some(First::Other))),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Ok(Some(First::Other))),
            (b"", Ok(None)),
            (b"\x16\x03\x01", Ok(None)),
        ] {
            assert_eq!(classify(bytes), expected, "{bytes:?}");
        }
    }
}
