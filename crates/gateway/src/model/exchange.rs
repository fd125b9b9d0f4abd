//! One client and its requests, one after the other: each is read whole, looked into, asked about, sent on, and its reply
//! brought back.

use super::answered::{Framing, with_headers};
use super::bill::{Bill, Outcome, one_call_too_many};
use super::carried::{self, BothWays};
use super::client::{self, Incoming, Unread};
use super::credential::Lent;
use super::elsewhere::{Elsewhere, Led, for_another};
use super::link::Link;
use super::road::{Answer, Asked, Client};
use super::server::{LONGEST_REPLY, Origin, Reply, Servers};
use super::target::Target;
use super::{Busy, Shared, prompt, socket};
use crate::egress::http::coding;
use crate::egress::http::head::Head;
use crate::egress::http::reading::Cut;
use crate::json::Document;
use crate::limits::Subject;
use crate::who::Holder;
use crate::who::claim::Claim;
use crate::wire::{self, Api, Back, Call, Finish, Route, Ruling, Rulings, Told, refusal};
use portcullis_event::{Llm, LlmOp, ModelId};
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Serves a client until one of both has enough.
pub(super) fn serve(shared: &Shared, mut link: Link, origin: Option<Origin>) {
    let mut servers = Servers::new(shared, origin);
    loop {
        let incoming = match client::next(shared, &mut link) {
            Ok(incoming) => incoming,
            Err(Unread::Gone) => return,
            Err(Unread::Refused(status, why)) => {
                shared.road.refused(&Client::default(), why);
                shared.metrics.refused(status);
                let words = client::answer(status, "text/plain", words(why).as_bytes(), false);
                return link.bid_farewell(&words, client::idle(shared));
            }
        };
        let client = client::who(&incoming.head);
        match Exchange::new(shared, client, &mut link, &mut servers).one(incoming) {
            Ok(true) => {}
            Ok(false) => return link.bid_farewell(&[], client::idle(shared)),
            // Half an answer must not be taken for a whole one.
            Err(_) => return link.reset(),
        }
    }
}

/// Serves one request whose head was read already; the connection, if it stays.
pub(super) fn serve_one(shared: &Shared, mut link: Link, origin: Origin, incoming: Incoming) -> Option<Link> {
    let mut servers = Servers::new(shared, Some(origin));
    let client = client::who(&incoming.head);
    match Exchange::new(shared, client, &mut link, &mut servers).one(incoming) {
        Ok(true) => return Some(link),
        Ok(false) => link.bid_farewell(&[], client::idle(shared)),
        Err(_) => link.reset(),
    }
    None
}

pub(super) fn words(why: &str) -> String {
    format!("Portcullis: this request was not sent on: {why}\n")
}

pub(super) struct Exchange<'a, 's> {
    pub(super) shared: &'a Shared,
    pub(super) client: Client,
    pub(super) link: &'a mut Link,
    pub(super) servers: &'a mut Servers<'s>,
    /// The key that the request shows, and whose it is.
    pub(super) claim: Claim,
    pub(super) holder: Option<Holder>,
}

/// A refusal.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) words: String,
    /// When it may be tried again, if that is a matter of time.
    pub(super) wait: Option<Duration>,
}

impl Refused {
    pub(super) fn new(status: u16, words: String) -> Self {
        Self { status, words, wait: None }
    }
}

/// A prompt that may leave.
pub(super) struct Passed {
    pub(super) route: Route,
    pub(super) target: Target,
    /// Where it was led, if it was.
    pub(super) to: Option<Elsewhere>,
    pub(super) llm: Llm,
    pub(super) body: String,
    pub(super) bill: Bill,
}

impl<'a, 's> Exchange<'a, 's> {
    fn new(shared: &'a Shared, client: Client, link: &'a mut Link, servers: &'a mut Servers<'s>) -> Self {
        Self { shared, client, link, servers, claim: Claim::default(), holder: None }
    }
}

impl Exchange<'_, '_> {
    /// Serves one request; whether the connection stays.
    fn one(mut self, incoming: Incoming) -> io::Result<bool> {
        let Incoming { mut head, body, keep } = incoming;
        let _busy = Busy::begin(self.shared);
        // Whoever is answered while the gate ends asks elsewhere next.
        let keep = keep && !self.shared.drains.load(Ordering::Acquire);
        if let Some(answered) = self.health(&head, body, keep) {
            return answered;
        }
        if self.shared.drains.load(Ordering::Acquire) {
            client::skip_body(self.shared, self.link, body);
            let refused = self.refuses(503, "this gate ends, and takes nothing new");
            return self.answer(&refused, None, false);
        }
        if let Err(refused) = self.let_in(&mut head) {
            // Who still speaks does not hear why.
            client::skip_body(self.shared, self.link, body);
            return self.answer(&refused, Route::of(&head.second).map(|route| route.api), false);
        }
        let path = head.second.clone();
        let body = match client::whole_body(self.shared, self.link, body) {
            Ok(body) => body,
            Err(Unread::Gone) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(Unread::Refused(status, why)) => {
                let refused = self.refuses(status, why);
                return self.answer(&refused, None, false);
            }
        };
        // Whoever takes long to say what it wants may not be who may want it any more.
        let stays = if body.is_empty() { Ok(()) } else { self.is_still_let_in() };
        if let Err(refused) = stays {
            return self.answer(&refused, Route::of(&path).map(|route| route.api), false);
        }
        if self.servers.has_foreign_key(&head, &path) {
            let refused = self.refuses(403, "it has another key than the one that is for this run");
            return self.answer(&refused, Route::of(&path).map(|route| route.api), keep);
        }
        if socket::is_asked_for(&head) && body.is_empty() {
            return self.web_socket(&head, &path);
        }
        let Some(route) = Route::of(&path).filter(|_| head.first == "POST") else {
            return self.beside(&head, &path, body, keep);
        };
        let api = route.api;
        match self.passed(&mut head, route, body) {
            Ok(passed) => self.sent(&head, &path, passed, keep),
            Err(refused) => self.answer(&refused, Some(api), keep),
        }
    }

    /// Has on the record that something was refused; gives what its sender is told.
    pub(super) fn refuses(&self, status: u16, why: &str) -> Refused {
        self.shared.road.refused(&self.client, why);
        self.shared.metrics.refused(status);
        Refused::new(status, words(why))
    }

    pub(super) fn answer(
        &mut self,
        Refused { status, words, wait }: &Refused,
        api: Option<Api>,
        keep: bool,
    ) -> io::Result<bool> {
        let (kind, body) = match api {
            Some(api) => ("application/json", refusal(api, *status, words.trim_end())),
            None => ("text/plain", words.clone()),
        };
        self.link.send(&client::answer_that_waits(*status, kind, body.as_bytes(), keep, *wait), self.idle())?;
        Ok(keep)
    }

    pub(super) fn idle(&self) -> Instant {
        client::idle(self.shared)
    }

    /// Reads a prompt, looks into it, and asks.
    fn passed(&mut self, head: &mut Head, route: Route, body: Vec<u8>) -> Result<Passed, Refused> {
        let body = coding::unpacked(head, body, self.shared.settings.longest).map_err(|why| {
            let (status, why) = why.answer();
            self.refuses(status, why)
        })?;
        let source = String::from_utf8(body).map_err(|_| self.refuses(400, "it is no text"))?;
        let Led { route, source, to } = self.led(route, source)?;
        self.looked_into(route, &source, to)
    }

    /// Reads a prompt that is text, looks into it, and asks.
    pub(super) fn looked_into(&mut self, route: Route, source: &str, to: Option<Elsewhere>) -> Result<Passed, Refused> {
        let shared = self.shared;
        let unread = |why: &str| self.refuses(400, why);
        let document = Document::read(source).map_err(|why| unread(&format!("it is no JSON: {why}")))?;
        let request = route.read(&document);
        let model = request.model.as_deref().ok_or_else(|| unread("it names no model"))?;
        if to.is_none() && self.elsewhere(model).is_some() {
            return Err(unread("its model is asked elsewhere, and not over this connection"));
        }
        let model = ModelId::parse(model).map_err(|why| unread(&why.to_string()))?;
        let usual = || self.servers.of(route.api);
        let target = to.as_ref().map(|to| to.target.clone()).or_else(usual);
        let target = target.ok_or_else(|| unread("nobody serves that"))?;
        self.may_ask(route.api, &target, &model)?;
        let bill = self.begins(&route, &target, &model, &document)?;
        let looked = prompt::look(shared, &self.client, &document, &request).map_err(|why| unread(&why.to_string()))?;
        let prompt::Looked { body, findings, redactions, skipped, withheld, keys } = looked;
        let mut llm = Llm::new(route.op, target.provider.clone(), model);
        llm.host = Some(target.host.clone());
        llm.redactions = redactions;
        if let Some(to) = &to {
            llm.rest.insert("asked_as".to_owned(), to.model.as_str().into());
        }
        let both = BothWays::new(&document, &body, withheld, keys);
        let (client, prompt, carried) = (&self.client, body.clone(), carried::all(&both, &request));
        let answer =
            shared.road.request(Asked { api: route.api, client, llm: llm.clone(), prompt, findings, skipped, carried });
        match answer {
            Answer::Pass => Ok(Passed { route, target, to, llm, body, bill }),
            Answer::Refuse(words) => {
                shared.metrics.refused(403);
                Err(Refused::new(403, words))
            }
        }
    }

    pub(super) fn forward(
        &mut self,
        head: &Head,
        path: &str,
        (api, target): (Api, &Target),
        body: &str,
    ) -> Result<Reply, Refused> {
        let lent = self.lent(api, target)?;
        self.asked(head, path, (lent, target), body)
    }

    /// Asks a server, with the key that goes along.
    fn asked(
        &mut self,
        head: &Head,
        path: &str,
        (lent, target): (Option<Lent>, &Target),
        body: &str,
    ) -> Result<Reply, Refused> {
        self.servers.lent = lent;
        let unreachable =
            |error: io::Error| Refused::new(502, words(&format!("{} can't be reached: {error}", target.host)));
        self.servers.ask(head, path, target, body).map_err(unreachable)
    }

    /// Sends a prompt on and brings the reply back.
    fn sent(&mut self, head: &Head, path: &str, passed: Passed, keep: bool) -> io::Result<bool> {
        let Passed { route, target, to, llm, body, mut bill } = passed;
        let asked = match &to {
            Some(to) => self.asked(&for_another(head), &to.path(path), (to.lent(route.api), &target), &body),
            None => self.forward(head, path, (route.api, &target), &body),
        };
        let mut reply = match asked {
            Ok(reply) => reply,
            Err(refused) => {
                if self.servers.was_sent {
                    bill.leaves();
                }
                return self.answer(&refused, Some(route.api), keep);
            }
        };
        bill.leaves();
        let kind = reply.kind();
        let is_stream = kind.starts_with("text/event-stream") || kind.starts_with("application/x-ndjson");
        let is_stream = is_stream && reply.status() == 200;
        if is_stream && coding::is_packed(&reply.head) {
            let why = "the answer is a packed stream, which was not asked for";
            return self.answer(&Refused::new(502, words(why)), Some(route.api), false);
        }
        let was_read = if is_stream {
            self.stream(&mut reply, &route, (llm, bill), keep)?
        } else {
            self.whole(&mut reply, &route, (llm, bill), keep)?;
            true
        };
        if was_read {
            self.servers.keep(reply);
        }
        Ok(keep)
    }

    /// A reply that comes as a whole.
    fn whole(&mut self, reply: &mut Reply, route: &Route, (llm, bill): (Llm, Bill), keep: bool) -> io::Result<()> {
        let whole = reply.whole(self.shared)?;
        let (status, whole) = match coding::unpacked(&mut reply.head, whole, LONGEST_REPLY) {
            Ok(whole) if reply.status() == 200 => self.document(route, (llm, bill), whole),
            Ok(whole) => {
                let told = Told { finish: Some(format!("status {}", reply.head.second)), ..Told::default() };
                tell(self.shared, &self.client, llm, told, (bill, Outcome::Refused(reply.status())));
                (reply.status(), whole)
            }
            Err(_) => self.unreadable(route, (llm, bill), Told::default()),
        };
        let head = with_headers(&reply.head, status, &Framing::Length(whole.len()), keep);
        // In one piece, so that it is one packet.
        self.link.send(&[head, whole].concat(), self.idle())
    }

    /// A reply that is one document, with values put back. One that can't be read is not handed on.
    fn document(&self, route: &Route, (llm, bill): (Llm, Bill), whole: Vec<u8>) -> (u16, Vec<u8>) {
        let mut rulings = Ask { shared: self.shared, client: &self.client, subject: Some(&bill.subject) };
        let mut back = Back::new(&self.shared.settings.session, &mut rulings);
        let source = String::from_utf8(whole).ok();
        let out = source.and_then(|source| wire::Reply::document(route, &source, &mut back).ok());
        let told = std::mem::take(&mut back.told);
        if let Some(out) = out {
            tell(self.shared, &self.client, llm, told, (bill, Outcome::Answered));
            (200, out.into_bytes())
        } else {
            self.unreadable(route, (llm, bill), told)
        }
    }

    /// What is said in the place of a reply that can't be read.
    fn unreadable(&self, route: &Route, (llm, bill): (Llm, Bill), mut told: Told) -> (u16, Vec<u8>) {
        told.finish = Some("unreadable".to_owned());
        tell(self.shared, &self.client, llm, told, (bill, Outcome::Cut));
        (502, refusal(route.api, 502, "Portcullis: the answer can't be read, and was not handed on").into_bytes())
    }

    /// A reply that comes as a stream; whether it was read to its end.
    fn stream(&mut self, reply: &mut Reply, route: &Route, (llm, bill): (Llm, Bill), keep: bool) -> io::Result<bool> {
        self.link.send(&with_headers(&reply.head, 200, &Framing::Chunks, keep), self.idle())?;
        let (shared, client) = (self.shared, self.client.clone());
        let subject = bill.subject.clone();
        let mut rulings = Ask { shared, client: &client, subject: Some(&subject) };
        let mut back = Back::new(&shared.settings.session, &mut rulings);
        let mut stream = wire::Reply::new(route);
        let ended = reply.each(shared, |piece| {
            let out = stream.push(piece, &mut back).map_err(|why| Halt::Unreadable(why.to_string()))?;
            Ok(self.chunk(&out)?)
        });
        let out = match &ended {
            Ok(()) => stream.finish(Finish::Ended, &mut back),
            Err(Cut::Taker(Halt::Unreadable(why))) => {
                stream.finish(Finish::Broken(&format!("[Portcullis: the answer can't be read on: {why}]")), &mut back)
            }
            Err(_) => String::new(),
        };
        let mut told = std::mem::take(&mut back.told);
        let was_read = ended.is_ok();
        let finished = match ended {
            Ok(()) | Err(Cut::Taker(Halt::Unreadable(_))) => {
                self.chunk(&out).and_then(|()| self.link.send(b"0\r\n\r\n", self.idle()))
            }
            Err(Cut::Gone(error) | Cut::Taker(Halt::Gone(error))) => Err(error),
            Err(Cut::Malformed(why)) => Err(io::Error::other(why)),
        };
        if finished.is_err() {
            told.finish = Some("cut".to_owned());
        }
        let outcome = if was_read && finished.is_ok() { Outcome::Answered } else { Outcome::Cut };
        tell(self.shared, &self.client, llm, told, (bill, outcome));
        finished.map(|()| was_read)
    }

    fn chunk(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let bytes = [format!("{:x}\r\n", text.len()).as_bytes(), text.as_bytes(), b"\r\n"].concat();
        self.link.send(&bytes, self.idle())
    }
}

/// Has on the record what came back.
pub(super) fn tell(shared: &Shared, client: &Client, mut llm: Llm, told: Told, (bill, outcome): (Bill, Outcome)) {
    llm.cost_microdollars = bill.settle(shared, &told, outcome);
    if llm.op == LlmOp::Request {
        llm.op = LlmOp::Response;
    }
    let Told { tokens_in, tokens_cached, tokens_written, tokens_out, finish, released, refused, restored } = told;
    (llm.tokens_in, llm.tokens_out, llm.finish) = (tokens_in, tokens_out, finish);
    llm.redactions.clear();
    for (name, count) in [("tokens_cached", tokens_cached), ("tokens_written", tokens_written)] {
        if let Some(count) = count.filter(|count| *count > 0) {
            llm.rest.insert(name.to_owned(), count.into());
        }
    }
    for (name, count) in [("calls", u64::from(released)), ("calls_refused", u64::from(refused)), ("restored", restored)]
    {
        if count > 0 {
            llm.rest.insert(name.to_owned(), count.into());
        }
    }
    shared.road.reply(client, llm);
}

/// Why nothing more of a stream is handed on.
enum Halt {
    /// The client is gone.
    Gone(io::Error),
    /// What comes can't be read.
    Unreadable(String),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// Asks the road about calls.
pub(super) struct Ask<'a> {
    pub(super) shared: &'a Shared,
    pub(super) client: &'a Client,
    /// Whom its calls are counted for.
    pub(super) subject: Option<&'a Subject>,
}

impl Rulings for Ask<'_> {
    fn rule(&mut self, call: &Call) -> Ruling {
        if let Some(words) = one_call_too_many(self.shared, self.subject) {
            self.shared.road.refused(self.client, &format!("a call of `{}`: {words}", call.name));
            return Ruling::Refused(words);
        }
        self.shared.road.call(self.client, call)
    }

    fn watches_addresses(&self) -> bool {
        self.shared.road.watches_addresses()
    }

    fn address(&mut self, url: &str, is_image: bool) -> Option<String> {
        self.shared.road.address(self.client, url, is_image)
    }
}
