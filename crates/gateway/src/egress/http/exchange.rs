//! Requests and answers over plain HTTP, one at a time. Each request is asked about anew, also on a connection that is kept.

use super::super::broker::Broker;
use super::super::dial::Permit;
use super::super::models;
use super::super::refusal::Refusal;
use super::super::relay;
use super::super::road::{Attempt, Door, Notice};
use super::super::wire::Wire;
use super::answer;
use super::body::{Body, Reader, Step};
use super::head::{self, Head, Read};
use super::reading;
use super::target::{self, Request, Side};
use portcullis_event::Host;
use rustix::event::PollFlags;
use std::borrow::Cow;
use std::io;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Instant;

/// Serves requests in a tunnel that was asked for by name; `outside` is its other end.
pub(crate) fn in_tunnel(broker: &Arc<Broker>, attempt: &Attempt, inside: Wire, outside: Wire) {
    let Attempt { host, port, .. } = attempt;
    let server = Some(Server { host: host.clone(), port: *port, wire: outside });
    serve(Exchange { broker, side: Side::Tunnel(host.clone(), *port), inside, server });
}

/// Serves requests that were diverted on their way to an address; each goes to the name in its header.
pub(crate) fn by_header(broker: &Arc<Broker>, attempt: &Attempt, inside: Wire) {
    let side = Side::Diverted(attempt.host.clone(), attempt.port);
    serve(Exchange { broker, side, inside, server: None });
}

fn serve(mut exchange: Exchange<'_>) {
    while let Ok(Some(head)) = exchange.next_head() {
        exchange = match exchange.one(head) {
            Some(exchange) => exchange,
            None => return,
        };
    }
}

/// A client, and the server that its last request went to.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    broker: &'a Arc<Broker>,
    side: Side,
    inside: Wire,
    server: Option<Server>,
}

/// A connection to a server that can be used again.
#[derive(Debug)]
struct Server {
    host: Host,
    port: u16,
    wire: Wire,
}

/// Why an exchange did not come to its end.
#[derive(Debug)]
enum Broken {
    /// One of the two is gone, or too slow.
    Gone,
    /// The client's body can't be read.
    Request(&'static str),
    /// The server's answer can't be read.
    Reply(&'static str),
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl<'a> Exchange<'a> {
    /// With a client of the proxy.
    pub(crate) fn at_proxy(broker: &'a Arc<Broker>, inside: Wire) -> Self {
        Self { broker, side: Side::Proxy, inside, server: None }
    }

    pub(crate) fn into_client(self) -> Wire {
        self.inside
    }

    /// The head of the next request; `None` if there is none. One that can't be read is refused.
    pub(crate) fn next_head(&mut self) -> io::Result<Option<Head>> {
        let (idle, opening) = (self.idle(), || self.broker.opening_deadline());
        match reading::next_request(&mut self.inside, idle, opening)? {
            None => Ok(None),
            Some(Ok(head)) => Ok(Some(head)),
            Some(Err(why)) => {
                self.tell_malformed(why);
                self.inside.send(&answer(&Refusal::Malformed(why), "a request"), self.broker.opening_deadline())?;
                Ok(None)
            }
        }
    }

    /// Passes one request on and its answer back. `None` if that was the last.
    pub(crate) fn one(mut self, head: Head) -> Option<Self> {
        let request = match target::request(head, &self.side) {
            Ok(request) => request,
            Err(why) => {
                self.tell_malformed(why);
                return self.refuse(&Refusal::Malformed(why), "a request");
            }
        };
        let what = format!("{} http://{}{}", request.head.first, request.attempt, request.head.second);
        let permit = match self.broker.permit(&request.attempt) {
            Ok(permit) => permit,
            Err(refusal) => return self.refuse(&refusal, &what),
        };
        if let Some(gate) = models::gate_of_request(self.broker, &request) {
            let Self { broker, side, inside, .. } = self;
            let inside = models::request(broker, permit, gate, (inside, request))?;
            return Some(Self { broker, side, inside, server: None });
        }
        let mut server = match self.server_for(permit, &request.attempt) {
            Ok(server) => server,
            Err(refusal) => return self.refuse(&refusal, &what),
        };
        let mut passage =
            Passage { broker: self.broker, inside: &mut self.inside, outside: &mut server.wire, out: 0, back: 0 };
        let ended = passage.pass(&request);
        let (bytes_out, bytes_in) = (passage.out, passage.back);
        let attempt = request.attempt.clone();
        self.broker.notices.tell(Notice::Closed { attempt, bytes_out, bytes_in });
        match ended {
            Ok(End::Kept) => {
                self.server = Some(server);
                Some(self)
            }
            Ok(End::Server) => Some(self),
            Ok(End::Both) => {
                self.inside.bid_farewell(&[]);
                None
            }
            Ok(End::Upgraded) => {
                relay::run(self.broker, &request.attempt, self.inside, server.wire, 0);
                None
            }
            Err(Broken::Gone) => {
                self.inside.reset();
                None
            }
            Err(Broken::Request(why)) => {
                self.tell_malformed(why);
                self.refuse(&Refusal::Malformed(why), &what)
            }
            Err(Broken::Reply(why)) => {
                let refusal = Refusal::BadReply(why);
                self.broker.refused(&request.attempt, &refusal);
                self.refuse(&refusal, &what)
            }
        }
    }

    fn idle(&self) -> Instant {
        Instant::now() + self.broker.settings.idle
    }

    fn tell_malformed(&self, why: &'static str) {
        let door = if self.side == Side::Proxy { Door::Proxy } else { Door::AnyTcp };
        self.broker.notices.tell(Notice::Malformed { door, why });
    }

    fn refuse(self, refusal: &Refusal, what: &str) -> Option<Self> {
        self.inside.bid_farewell(&answer(refusal, what));
        None
    }

    /// The connection of the last request if it went to the same server and is still good, or a new one.
    fn server_for(&mut self, permit: Permit, attempt: &Attempt) -> Result<Server, Refusal> {
        let fits =
            |server: &Server| server.host == attempt.host && server.port == attempt.port && server.wire.is_quiet();
        if let Some(server) = self.server.take().filter(fits) {
            return Ok(server);
        }
        let Attempt { host, port, .. } = attempt.clone();
        Ok(Server { host, port, wire: self.broker.dial(permit)? })
    }
}

/// What is left after an exchange.
#[derive(Debug)]
enum End {
    /// Both connections.
    Kept,
    /// Only the client's: the server ended its own.
    Server,
    /// None.
    Both,
    /// Both, and no HTTP is spoken over them any more.
    Upgraded,
}

/// One request on its way out and its answer on its way back.
struct Passage<'a> {
    broker: &'a Broker,
    inside: &'a mut Wire,
    outside: &'a mut Wire,
    out: u64,
    back: u64,
}

impl Passage<'_> {
    fn pass(&mut self, request: &Request) -> Result<End, Broken> {
        self.send_out(&request.head.bytes())?;
        // A server may answer before it has heard everything; then the rest of the request is of no use.
        let (head, heard_all) = match self.request_body(request.body)? {
            Some(head) => (head, false),
            None => (self.reply_head()?, true),
        };
        let upgraded = head.second == "101";
        if upgraded && !request.upgrade {
            return Err(Broken::Reply("it changes to a protocol that nobody asked for"));
        }
        let mut reply = target::reply(&head, &request.head.first, upgraded).map_err(Broken::Reply)?;
        let keep = request.keep && heard_all && reply.body != Body::UntilClose;
        if !keep && !upgraded {
            reply.head.headers.push(("Connection".to_owned(), b"close".to_vec()));
        }
        self.send_back(&reply.head.bytes())?;
        if upgraded {
            return Ok(End::Upgraded);
        }
        self.reply_body(reply.body)?;
        Ok(match (keep, reply.keep) {
            (true, true) => End::Kept,
            (true, false) => End::Server,
            (false, _) => End::Both,
        })
    }

    fn idle(&self) -> Instant {
        Instant::now() + self.broker.settings.idle
    }

    fn send_out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.outside.send(bytes, self.idle())?;
        self.out += self.broker.counts.went_out(bytes.len());
        Ok(())
    }

    fn send_back(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inside.send(bytes, self.idle())?;
        self.back += self.broker.counts.came_back(bytes.len());
        Ok(())
    }

    /// Passes the body of a request on. If the server answers meanwhile, the head of its answer.
    fn request_body(&mut self, body: Body) -> Result<Option<Head>, Broken> {
        let mut reader = Reader::new(body);
        loop {
            match reader.step(self.inside.held()).map_err(Broken::Request)? {
                Step::Wait => {
                    if let Some(head) = self.wait_for_body()? {
                        return Ok(Some(head));
                    }
                }
                Step::Data(count) => {
                    let data = framed(self.inside.held().get(..count).unwrap_or_default(), body);
                    self.outside.send(&data, Instant::now() + self.broker.settings.idle)?;
                    self.out += self.broker.counts.went_out(data.len());
                    drop(data);
                    self.inside.consume(count);
                }
                Step::Skip(count) => self.inside.consume(count),
                Step::End(count) => {
                    self.inside.consume(count);
                    if body == Body::Chunked {
                        self.send_out(LAST_CHUNK)?;
                    }
                    return Ok(None);
                }
            }
        }
    }

    /// Waits for more of a request's body, and for a server that can't wait to answer.
    fn wait_for_body(&mut self) -> Result<Option<Head>, Broken> {
        let idle = self.idle();
        let wanted = [(self.inside.as_fd(), PollFlags::IN), (self.outside.as_fd(), PollFlags::IN)];
        let [from_inside, from_outside] = self.inside.stop().wait(wanted, Some(idle))?;
        if !from_outside.is_empty() {
            if !self.outside.fill(idle)? {
                return Err(Broken::Gone);
            }
            if let Some(head) = self.held_reply()? {
                return Ok(Some(head));
            }
        }
        if !from_inside.is_empty() && !self.inside.fill(idle)? {
            return Err(Broken::Gone);
        }
        Ok(None)
    }

    /// The head of the answer, once it is there.
    fn reply_head(&mut self) -> Result<Head, Broken> {
        loop {
            if let Some(head) = self.held_reply()? {
                return Ok(head);
            }
            if !self.outside.fill(self.idle())? {
                return Err(Broken::Reply("it ended before it began"));
            }
        }
    }

    /// The head of the answer, if it is there. What only announces one is passed on at once.
    fn held_reply(&mut self) -> Result<Option<Head>, Broken> {
        loop {
            let (head, length) = match head::reply(self.outside.held()).map_err(Broken::Reply)? {
                Read::Whole(head, length) => (head, length),
                Read::Partial => return Ok(None),
            };
            self.outside.consume(length);
            if !head.second.starts_with('1') || head.second == "101" {
                return Ok(Some(head));
            }
            let interim = target::reply(&head, "", false).map_err(Broken::Reply)?;
            self.send_back(&interim.head.bytes())?;
        }
    }

    fn reply_body(&mut self, body: Body) -> Result<(), Broken> {
        let Self { broker, inside, outside, back, .. } = self;
        let idle = || Instant::now() + broker.settings.idle;
        let read = reading::each_piece(&mut **outside, body, idle, |piece| {
            let data = framed(piece, body);
            inside.send(&data, idle())?;
            *back += broker.counts.came_back(data.len());
            Ok::<(), io::Error>(())
        });
        // The head is gone already; all that is left is to break off, so that nobody takes it for whole.
        read.map_err(|_| Broken::Gone)?;
        if body == Body::Chunked {
            self.send_back(LAST_CHUNK)?;
        }
        Ok(())
    }
}

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A piece of a body as it is passed on: within a chunk of its own, if the body comes in chunks.
fn framed(data: &[u8], body: Body) -> Cow<'_, [u8]> {
    if body == Body::Chunked {
        return [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat().into();
    }
    data.into()
}
