//! Responses over a web socket: each message of the client is a request, each of the server an event.
//!
//! The same that holds for a stream of events holds here. A message is looked into and asked about before it is sent on; what
//! comes back is read event by event, and a call is handed over once it was ruled about.

use super::bill::{Bill, Outcome};
use super::client;
use super::exchange::{Ask, Exchange, Passed, Refused, tell, words};
use super::link::Link;
use super::server::Servers;
use crate::egress::http::head::Head;
use crate::egress::http::reading::Source as _;
use crate::sse::Events;
use crate::websocket::{Control, Message, Reader, Sender, Step, frame};
use crate::wire::{self, Api, Back, Finish, Route, Told, refusal};
use portcullis_event::{Llm, LlmOp};
use rustix::event::PollFlags;
use std::io;
use std::os::fd::AsFd as _;

/// Whether a request asks for a web socket.
pub(super) fn is_asked_for(head: &Head) -> bool {
    head.first == "GET" && head.values("upgrade").any(|it| it.eq_ignore_ascii_case(b"websocket"))
}

/// Which side said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// A web socket between a client and a server.
struct Between<'e, 'a, 's> {
    exchange: &'e mut Exchange<'a, 's>,
    route: Route,
    server: Link,
    under_way: Option<UnderWay>,
}

/// An answer that is under way.
struct UnderWay {
    stream: wire::Reply,
    /// What was asked.
    llm: Llm,
    told: Told,
    bill: Bill,
}

impl Exchange<'_, '_> {
    /// Asks the server for a web socket, and stands in it. Nothing else follows on this connection.
    pub(super) fn web_socket(&mut self, head: &Head, path: &str) -> io::Result<bool> {
        let route = Route { api: Api::Responses, op: LlmOp::Request, model: None, streams: true };
        // Clients that know events as well fall back to them at once when they hear this.
        let none = Refused::new(426, words("web sockets are not spoken here, events are"));
        let Some(target) = self.servers.of(Api::Responses).filter(|_| Servers::has_sockets(path)) else {
            return self.answer(&none, None, true);
        };
        match self.may_use(Api::Responses).and_then(|()| self.lent(Api::Responses, &target)) {
            Ok(lent) => self.servers.lent = lent,
            Err(refused) => return self.answer(&refused, Some(Api::Responses), false),
        }
        let (answer, server) = match self.servers.upgrade(head, path, &target) {
            Ok(answered) => answered,
            Err(error) => {
                let why = format!("{} can't be reached: {error}", target.host);
                return self.answer(&Refused::new(502, words(&why)), Some(Api::Responses), false);
            }
        };
        let Some(server) = server else {
            return self.answer(&none, Some(Api::Responses), true);
        };
        self.link.send(&accepted(&answer).bytes(), client::idle(self.shared))?;
        let mut between = Between { exchange: self, route, server, under_way: None };
        let ended = between.run();
        between.over();
        ended.map(|()| false)
    }
}

/// The server's word that it speaks one, with nothing agreed on beside it.
fn accepted(answer: &Head) -> Head {
    let is_handed_on =
        |name: &str| matches!(name, "upgrade" | "connection" | "sec-websocket-accept" | "sec-websocket-protocol");
    let headers = answer.headers.iter().filter(|(name, _)| is_handed_on(&name.to_ascii_lowercase())).cloned().collect();
    Head { headers, ..answer.clone() }
}

impl Between<'_, '_, '_> {
    fn run(&mut self) -> io::Result<()> {
        let longest = self.exchange.shared.settings.longest;
        let (mut from_client, mut from_server) = (Reader::of_client(longest), Reader::of_server(longest));
        loop {
            let went_on =
                self.all_held(&mut from_client, Side::Client)? && self.all_held(&mut from_server, Side::Server)?;
            if !went_on || !self.wait()? {
                return Ok(());
            }
        }
    }

    /// Takes every message that is there; whether the connection goes on.
    fn all_held(&mut self, reader: &mut Reader, side: Side) -> io::Result<bool> {
        loop {
            let link = if side == Side::Client { &mut *self.exchange.link } else { &mut self.server };
            let (count, message) = match reader.step(link.held()) {
                Ok(Step::Took(count, message)) => (count, message),
                Ok(Step::Wait) => return Ok(true),
                Err(why) => {
                    self.exchange.shared.road.refused(&self.exchange.client, why);
                    return Ok(false);
                }
            };
            link.consume(count);
            let goes_on = match (message, side) {
                (None, _) => true,
                (Some(Message::Text(text)), Side::Client) => self.asked(&text)?,
                (Some(Message::Text(text)), Side::Server) => self.told(&text)?,
                (Some(Message::Binary), _) => {
                    self.exchange.shared.road.refused(&self.exchange.client, "a message is no text");
                    false
                }
                (Some(word @ Message::Control(kind, _)), _) => {
                    self.pass_on(side, &word)?;
                    kind != Control::Close
                }
            };
            if !goes_on {
                return Ok(false);
            }
        }
    }

    fn pass_on(&mut self, from: Side, message: &Message) -> io::Result<()> {
        if from == Side::Client { self.send_on(message) } else { self.hand_over(message) }
    }

    fn send_on(&mut self, message: &Message) -> io::Result<()> {
        let mut mask = [0; 4];
        getrandom::fill(&mut mask).map_err(io::Error::other)?;
        self.server.send(&frame(Sender::Client(mask), message), client::idle(self.exchange.shared))
    }

    fn hand_over(&mut self, message: &Message) -> io::Result<()> {
        self.exchange.link.send(&frame(Sender::Server, message), client::idle(self.exchange.shared))
    }

    /// Waits until one side says something; whether there will be more of it.
    fn wait(&mut self) -> io::Result<bool> {
        let idle = client::idle(self.exchange.shared);
        let wanted = [(self.exchange.link.as_fd(), PollFlags::IN), (self.server.as_fd(), PollFlags::IN)];
        let [client, server] = self.exchange.link.stop().wait(wanted, Some(idle))?;
        let goes_on = client.is_empty() || self.exchange.link.fill(idle)?;
        Ok(goes_on && (server.is_empty() || self.server.fill(idle)?))
    }

    /// A request of the client's.
    fn asked(&mut self, text: &str) -> io::Result<bool> {
        if self.under_way.is_some() {
            self.exchange.shared.road.refused(&self.exchange.client, "it asks before it was answered");
            return Ok(false);
        }
        // A key may be none any more since the last message.
        let stays = self.exchange.is_still_let_in();
        let goes_on = stays.is_ok();
        match stays.and_then(|()| self.exchange.looked_into(self.route.clone(), text, None)) {
            Ok(Passed { llm, body, mut bill, .. }) => {
                bill.leaves();
                let stream = wire::Reply::new(&self.route);
                self.under_way = Some(UnderWay { stream, llm, told: Told::default(), bill });
                self.send_on(&Message::Text(body))?;
            }
            Err(Refused { status, words, .. }) => {
                let error = refusal(Api::Responses, status, words.trim_end());
                let rest = error.strip_prefix('{').unwrap_or(&error);
                self.hand_over(&Message::Text(format!(r#"{{"type":"error","status":{status},{rest}"#)))?;
            }
        }
        Ok(goes_on)
    }

    /// An event of the server's.
    fn told(&mut self, text: &str) -> io::Result<bool> {
        // What nobody asked for may be an error; a call it may not be.
        let (mut stream, asked, told) = match self.under_way.take() {
            Some(UnderWay { stream, llm, told, bill }) => (stream, Some((llm, bill)), told),
            None => (wire::Reply::new(&self.route), None, Told::default()),
        };
        let (shared, who) = (self.exchange.shared, self.exchange.client.clone());
        let subject = asked.as_ref().map(|(_, bill)| bill.subject.clone());
        let mut rulings = Ask { shared, client: &who, subject: subject.as_ref() };
        let mut back = Back::new(&shared.settings.session, &mut rulings);
        back.told = told;
        let out = stream.push(as_event(text).as_bytes(), &mut back);
        let is_last = is_last(text);
        let rest = if is_last { stream.finish(Finish::Ended, &mut back) } else { String::new() };
        let told = std::mem::take(&mut back.told);
        let Ok(out) = out else {
            if let Some((llm, bill)) = asked {
                tell(shared, &who, llm, told, (bill, Outcome::Cut));
            }
            return Ok(false);
        };
        for data in data_of(&(out + &rest)) {
            self.hand_over(&Message::Text(data))?;
        }
        match asked {
            Some((llm, bill)) if is_last => tell(shared, &who, llm, told, (bill, Outcome::Answered)),
            Some((llm, bill)) => self.under_way = Some(UnderWay { stream, llm, told, bill }),
            None => {}
        }
        Ok(true)
    }

    /// What was under way is on the record as cut.
    fn over(&mut self) {
        if let Some(UnderWay { llm, told, bill, .. }) = self.under_way.take() {
            let told = Told { finish: Some("cut".to_owned()), ..told };
            tell(self.exchange.shared, &self.exchange.client, llm, told, (bill, Outcome::Cut));
        }
    }
}

/// A message as an event of a stream.
fn as_event(text: &str) -> String {
    let mut event = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event
}

/// What the events of a stream say, each as a message.
fn data_of(stream: &str) -> Vec<String> {
    let mut events = Events::default();
    events.push(stream.as_bytes());
    let mut all = Vec::new();
    while let Ok(Some(event)) = events.take() {
        all.extend(event.data().map(str::to_owned));
    }
    all
}

/// Whether nothing follows on an event.
fn is_last(text: &str) -> bool {
    let kind = crate::json::Document::read(text).ok().and_then(|it| Some(it.root().text_of("type")?.into_owned()));
    matches!(
        kind.as_deref(),
        Some("response.completed" | "response.incomplete" | "response.failed" | "response.done" | "error")
    )
}
