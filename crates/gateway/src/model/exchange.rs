//! One client and its requests, one after the other: each is read whole, looked into, asked about, sent on, and its reply
//! brought back.

use super::client::{self, Incoming, Unread};
use super::link::Link;
use super::road::{Answer, Asked, Client};
use super::target::Target;
use super::{Shared, prompt};
use crate::egress::http::body::{self, Body, Reader, Step};
use crate::egress::http::head::{self, Head, Read};
use crate::egress::wire::Wire;
use crate::json::Document;
use crate::wire::{Api, Back, Call, Finish, Reply, Route, Ruling, Rulings, Told, is_plain, refusal};
use portcullis_event::{Llm, LlmOp, ModelId};
use std::io;
use std::time::Instant;

/// The longest reply that is held as a whole.
const LONGEST_REPLY: usize = 64 << 20;

/// How many answers that only announce one are skipped.
const MOST_INTERIM: usize = 8;

/// Headers that are between two neighbours only, or that the gate says itself.
const OWN: [&str; 13] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "host",
    "content-length",
    "accept-encoding",
];

/// Serves a client until one of both has enough.
pub(super) fn serve(shared: &Shared, mut wire: Wire) {
    let mut kept: Option<(Target, Link)> = None;
    loop {
        let incoming = match client::next(shared, &mut wire) {
            Ok(incoming) => incoming,
            Err(Unread::Gone) => return,
            Err(Unread::Refused(status, why)) => {
                shared.road.refused(&Client::default(), why);
                return wire.bid_farewell(&client::answer(status, "text/plain", words(why).as_bytes(), false));
            }
        };
        let exchange = Exchange { shared, client: client::who(&incoming.head), wire: &mut wire, kept: &mut kept };
        match exchange.one(incoming) {
            Ok(true) => {}
            Ok(false) => return wire.bid_farewell(&[]),
            // Half an answer must not be taken for a whole one.
            Err(_) => return wire.reset(),
        }
    }
}

fn words(why: &str) -> String {
    format!("Portcullis: this request was not sent on: {why}\n")
}

struct Exchange<'a> {
    shared: &'a Shared,
    client: Client,
    wire: &'a mut Wire,
    /// A connection to a server that can be used again.
    kept: &'a mut Option<(Target, Link)>,
}

/// A refusal: a status, and words.
struct Refused(u16, String);

/// A prompt that may leave.
struct Passed {
    route: Route,
    target: Target,
    llm: Llm,
    body: String,
}

impl Exchange<'_> {
    /// Serves one request; whether the connection stays.
    fn one(mut self, incoming: Incoming) -> io::Result<bool> {
        let Incoming { head, body, keep } = incoming;
        let path = head.second.clone();
        let body = match client::whole_body(self.shared, self.wire, body) {
            Ok(body) => body,
            Err(Unread::Gone) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(Unread::Refused(status, why)) => {
                self.shared.road.refused(&self.client, why);
                return self.answer(&Refused(status, words(why)), None, false);
            }
        };
        let Some(route) = Route::of(&path).filter(|_| head.first == "POST") else {
            return self.beside(&head, &path, &body, keep);
        };
        let api = route.api;
        match self.passed(&head, route, body) {
            Ok(passed) => self.sent(&head, &path, passed, keep),
            Err(refused) => self.answer(&refused, Some(api), keep),
        }
    }

    fn answer(&mut self, Refused(status, words): &Refused, api: Option<Api>, keep: bool) -> io::Result<bool> {
        let (kind, body) = match api {
            Some(api) => ("application/json", refusal(api, *status, words.trim_end())),
            None => ("text/plain", words.clone()),
        };
        self.wire.send(&client::answer(*status, kind, body.as_bytes(), keep), self.idle())?;
        Ok(keep)
    }

    fn idle(&self) -> Instant {
        Instant::now() + self.shared.settings.idle
    }

    /// What asks no model anything: lists of models pass, and a greeting is answered. All else goes nowhere, telemetry too.
    fn beside(&mut self, head: &Head, path: &str, body: &[u8], keep: bool) -> io::Result<bool> {
        let plain = path.split('?').next().unwrap_or_default();
        let is_greeting = plain == "/" && matches!(head.first.as_str(), "HEAD" | "GET");
        if is_greeting {
            let length = if head.first == "HEAD" { &b""[..] } else { b"Portcullis\n" };
            self.wire.send(&client::answer(200, "text/plain", length, keep), self.idle())?;
            return Ok(keep);
        }
        let api = match plain {
            _ if !body.is_empty() || head.first != "GET" || !is_plain(plain) => None,
            "/api/tags" | "/api/version" | "/api/ps" => Some(Api::Ollama),
            _ if plain.starts_with("/v1beta/models") => Some(Api::Gemini),
            _ if plain.starts_with("/v1/models") && head.values("anthropic-version").next().is_some() => {
                Some(Api::Messages)
            }
            _ if plain.starts_with("/v1/models") => Some(Api::Chat),
            _ => None,
        };
        let target = api.and_then(|api| self.shared.settings.targets.of(api).cloned());
        let Some(target) = target else {
            let what = format!("{} {plain}", head.first);
            self.shared.road.refused(&self.client, &format!("{what} asks no model anything"));
            return self.answer(&Refused(404, words("this gate has nothing there")), None, keep);
        };
        match self.forward(head, path, &target, "") {
            Ok((reply, link)) => {
                let whole = self.whole_reply(&reply, link, &target)?;
                let kind = kind_of(&reply);
                let status = reply.second.parse().unwrap_or(502);
                self.wire.send(&client::answer(status, &kind, &whole, keep), self.idle())?;
                Ok(keep)
            }
            Err(refused) => self.answer(&refused, api, keep),
        }
    }

    /// Reads a prompt, looks into it, and asks.
    fn passed(&mut self, head: &Head, route: Route, body: Vec<u8>) -> Result<Passed, Refused> {
        let shared = self.shared;
        let unread = |why: &str| {
            shared.road.refused(&self.client, why);
            Refused(400, words(why))
        };
        if !head.values("content-encoding").all(is_identity) {
            let why = "it is compressed, and can't be looked into";
            shared.road.refused(&self.client, why);
            return Err(Refused(415, words(why)));
        }
        let source = String::from_utf8(body).map_err(|_| unread("it is no text"))?;
        let document = Document::read(&source).map_err(|why| unread(&format!("it is no JSON: {why}")))?;
        let request = route.read(&document);
        let model = request.model.as_deref().ok_or_else(|| unread("it names no model"))?;
        let model = ModelId::parse(model).map_err(|why| unread(&why.to_string()))?;
        let target = shared.settings.targets.of(route.api).cloned().ok_or_else(|| unread("nobody serves that"))?;
        let looked = prompt::look(shared, &self.client, &document, &request).map_err(|why| unread(&why.to_string()))?;
        let prompt::Looked { body, findings, redactions, skipped } = looked;
        let mut llm = Llm::new(route.op, target.provider.clone(), model);
        llm.host = Some(target.host.clone());
        llm.redactions = redactions;
        let asked =
            Asked { api: route.api, client: &self.client, llm: llm.clone(), prompt: body.clone(), findings, skipped };
        match shared.road.request(asked) {
            Answer::Pass => Ok(Passed { route, target, llm, body }),
            Answer::Refuse(words) => Err(Refused(403, words)),
        }
    }

    /// Sends a request on; gives the head of the answer.
    fn forward(&mut self, head: &Head, path: &str, target: &Target, body: &str) -> Result<(Head, Link), Refused> {
        let unreachable = |error: io::Error| Refused(502, words(&format!("{} can't be reached: {error}", target.host)));
        let mut out = format!("{} {}{path} HTTP/1.1\r\n", head.first, target.path).into_bytes();
        let mut header = |name: &str, value: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        };
        let usual = if target.tls { 443 } else { 80 };
        let host =
            if target.port == usual { target.host.to_string() } else { format!("{}:{}", target.host, target.port) };
        header("Host", host.as_bytes());
        let named = head.words("connection");
        for (name, value) in &head.headers {
            let small = name.to_ascii_lowercase();
            if !OWN.contains(&small.as_str()) && !named.contains(&small) {
                header(name, value);
            }
        }
        header("Accept-Encoding", b"identity");
        if head.first != "GET" {
            header("Content-Length", body.len().to_string().as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body.as_bytes());
        let reusable = self.kept.take().filter(|(other, link)| other == target && link.is_quiet());
        let (mut link, is_fresh) = match reusable {
            Some((_, link)) => (link, false),
            None => (Link::open(self.shared, target, self.idle()).map_err(unreachable)?, true),
        };
        let first = link.send(&out, self.idle()).and_then(|()| self.reply_head(&mut link));
        match first {
            Ok(reply) => Ok((reply, link)),
            // A kept connection may have ended in this very moment; nothing was answered, so it is asked once more.
            Err(error) if !is_fresh && error.kind() != io::ErrorKind::TimedOut => {
                let mut link = Link::open(self.shared, target, self.idle()).map_err(unreachable)?;
                link.send(&out, self.idle()).map_err(unreachable)?;
                let reply = self.reply_head(&mut link).map_err(unreachable)?;
                Ok((reply, link))
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    fn reply_head(&self, link: &mut Link) -> io::Result<Head> {
        let mut interim = 0;
        loop {
            match head::reply(link.held()).map_err(io::Error::other)? {
                Read::Whole(head, length) => {
                    link.consume(length);
                    if !head.second.starts_with('1') {
                        return Ok(head);
                    }
                    interim += 1;
                    if interim > MOST_INTERIM || head.second == "101" {
                        return Err(io::Error::other("it announces an answer and gives none"));
                    }
                }
                Read::Partial => {
                    if !link.fill(self.idle())? {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            }
        }
    }

    /// Sends a prompt on and brings the reply back.
    fn sent(&mut self, head: &Head, path: &str, passed: Passed, keep: bool) -> io::Result<bool> {
        let Passed { route, target, llm, body } = passed;
        let (reply, link) = match self.forward(head, path, &target, &body) {
            Ok(answered) => answered,
            Err(refused) => return self.answer(&refused, Some(route.api), keep),
        };
        if !reply.values("content-encoding").all(is_identity) {
            let why = "the answer is compressed, which was not asked for";
            return self.answer(&Refused(502, words(why)), Some(route.api), false);
        }
        let kind = kind_of(&reply);
        let is_stream = kind.starts_with("text/event-stream") || kind.starts_with("application/x-ndjson");
        if reply.second == "200" && is_stream {
            return self.stream(&reply, link, (&route, &target, llm), keep);
        }
        let whole = self.whole_reply(&reply, link, &target)?;
        let (status, whole) = if reply.second == "200" {
            self.document(&route, llm, whole)
        } else {
            self.tell(llm, Told { finish: Some(format!("status {}", reply.second)), ..Told::default() });
            (reply.second.parse().unwrap_or(502), whole)
        };
        let bytes = with_headers(&reply, status, &Framing::Length(whole.len()), keep);
        self.wire.send(&bytes, self.idle())?;
        self.wire.send(&whole, self.idle())?;
        Ok(keep)
    }

    /// A reply that is one document, with values put back. One that can't be read is not handed on.
    fn document(&self, route: &Route, llm: Llm, whole: Vec<u8>) -> (u16, Vec<u8>) {
        let mut rulings = Ask { shared: self.shared, client: &self.client };
        let mut back = Back::new(&self.shared.settings.session, &mut rulings);
        let source = String::from_utf8(whole).ok();
        let out = source.and_then(|source| Reply::document(route, &source, &mut back).ok());
        let told = std::mem::take(&mut back.told);
        if let Some(out) = out {
            self.tell(llm, told);
            (200, out.into_bytes())
        } else {
            self.tell(llm, Told { finish: Some("unreadable".to_owned()), ..told });
            (502, refusal(route.api, 502, "Portcullis: the answer can't be read, and was not handed on").into_bytes())
        }
    }

    /// A reply that comes as a stream.
    fn stream(
        &mut self,
        reply: &Head,
        mut link: Link,
        (route, target, llm): (&Route, &Target, Llm),
        keep: bool,
    ) -> io::Result<bool> {
        let framing = body::of_reply(reply, "POST").map_err(io::Error::other)?;
        self.wire.send(&with_headers(reply, 200, &Framing::Chunks, keep), self.idle())?;
        let client = self.client.clone();
        let mut rulings = Ask { shared: self.shared, client: &client };
        let mut back = Back::new(&self.shared.settings.session, &mut rulings);
        let mut stream = Reply::new(route);
        let ended = self.pump(&mut link, framing, &mut stream, &mut back);
        let out = match &ended {
            Ok(()) => stream.finish(Finish::Ended, &mut back),
            Err(Cut::Unreadable(why)) => {
                stream.finish(Finish::Broken(&format!("[Portcullis: the answer can't be read on: {why}]")), &mut back)
            }
            Err(Cut::Gone(_)) => String::new(),
        };
        let mut told = std::mem::take(&mut back.told);
        let finished = match ended {
            Ok(()) | Err(Cut::Unreadable(_)) => {
                self.chunk(&out).and_then(|()| self.wire.send(b"0\r\n\r\n", self.idle()))
            }
            Err(Cut::Gone(error)) => {
                told.finish = Some("cut".to_owned());
                Err(error)
            }
        };
        self.tell(llm, told);
        finished?;
        if framing != Body::UntilClose && ended_well(reply) {
            *self.kept = Some((target.clone(), link));
        }
        Ok(keep)
    }

    fn pump(&mut self, link: &mut Link, framing: Body, stream: &mut Reply, back: &mut Back<'_>) -> Result<(), Cut> {
        let mut reader = Reader::new(framing);
        loop {
            match reader.step(link.held()).map_err(|why| Cut::Gone(io::Error::other(why)))? {
                Step::Wait => {
                    if !link.fill(self.idle())? {
                        return if framing == Body::UntilClose {
                            Ok(())
                        } else {
                            Err(Cut::Gone(io::ErrorKind::UnexpectedEof.into()))
                        };
                    }
                }
                Step::Data(count) => {
                    let piece = link.held().get(..count).unwrap_or_default().to_vec();
                    link.consume(count);
                    let out = stream.push(&piece, back).map_err(|why| Cut::Unreadable(why.to_string()))?;
                    self.chunk(&out)?;
                }
                Step::Skip(count) => link.consume(count),
                Step::End(count) => {
                    link.consume(count);
                    return Ok(());
                }
            }
        }
    }

    fn chunk(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let bytes = [format!("{:x}\r\n", text.len()).as_bytes(), text.as_bytes(), b"\r\n"].concat();
        self.wire.send(&bytes, self.idle())
    }

    fn whole_reply(&mut self, reply: &Head, mut link: Link, target: &Target) -> io::Result<Vec<u8>> {
        let framing = body::of_reply(reply, "POST").map_err(io::Error::other)?;
        let (mut reader, mut all) = (Reader::new(framing), Vec::new());
        loop {
            match reader.step(link.held()).map_err(io::Error::other)? {
                Step::Wait => {
                    if !link.fill(self.idle())? {
                        let whole = framing == Body::UntilClose;
                        return if whole { Ok(all) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
                    }
                }
                Step::Data(count) => {
                    all.extend_from_slice(link.held().get(..count).unwrap_or_default());
                    link.consume(count);
                    if all.len() > LONGEST_REPLY {
                        return Err(io::Error::other("the answer is too long"));
                    }
                }
                Step::Skip(count) => link.consume(count),
                Step::End(count) => {
                    link.consume(count);
                    if ended_well(reply) {
                        *self.kept = Some((target.clone(), link));
                    }
                    return Ok(all);
                }
            }
        }
    }

    /// Has on the record what came back.
    fn tell(&self, mut llm: Llm, told: Told) {
        if llm.op == LlmOp::Request {
            llm.op = LlmOp::Response;
        }
        let Told { tokens_in, tokens_out, finish, released, refused, restored } = told;
        (llm.tokens_in, llm.tokens_out, llm.finish) = (tokens_in, tokens_out, finish);
        llm.redactions.clear();
        for (name, count) in
            [("calls", u64::from(released)), ("calls_refused", u64::from(refused)), ("restored", restored)]
        {
            if count > 0 {
                llm.rest.insert(name.to_owned(), count.into());
            }
        }
        self.shared.road.reply(&self.client, llm);
    }
}

/// Why a stream did not come to its end.
enum Cut {
    /// One of the two is gone.
    Gone(io::Error),
    /// What comes can't be read.
    Unreadable(String),
}

impl From<io::Error> for Cut {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// Asks the road about calls.
struct Ask<'a> {
    shared: &'a Shared,
    client: &'a Client,
}

impl Rulings for Ask<'_> {
    fn rule(&mut self, call: &Call) -> Ruling {
        self.shared.road.call(self.client, call)
    }
}

/// Whether an encoding is none.
fn is_identity(value: &[u8]) -> bool {
    value.is_empty() || value.eq_ignore_ascii_case(b"identity")
}

fn kind_of(reply: &Head) -> String {
    reply.values("content-type").next().map(|it| String::from_utf8_lossy(it).to_ascii_lowercase()).unwrap_or_default()
}

/// Whether a server leaves its connection open.
fn ended_well(reply: &Head) -> bool {
    reply.third.len() <= 64
        && reply.first == "HTTP/1.1"
        && !reply.words("connection").iter().any(|word| word == "close")
}

/// How the end of an answer is told.
enum Framing {
    Length(usize),
    Chunks,
}

/// The head of an answer for the client: the server's headers, but for those that are between neighbours.
fn with_headers(reply: &Head, status: u16, framing: &Framing, keep: bool) -> Vec<u8> {
    let named = reply.words("connection");
    let mut head = Head {
        first: "HTTP/1.1".to_owned(),
        second: status.to_string(),
        third: if status == 200 { "OK".to_owned() } else { reply.third.clone() },
        headers: Vec::new(),
    };
    for (name, value) in &reply.headers {
        let small = name.to_ascii_lowercase();
        if !OWN.contains(&small.as_str()) && small != "content-encoding" && !named.contains(&small) {
            head.headers.push((name.clone(), value.clone()));
        }
    }
    match framing {
        Framing::Length(length) => head.headers.push(("Content-Length".to_owned(), length.to_string().into_bytes())),
        Framing::Chunks => head.headers.push(("Transfer-Encoding".to_owned(), b"chunked".to_vec())),
    }
    if !keep {
        head.headers.push(("Connection".to_owned(), b"close".to_vec()));
    }
    head.bytes()
}
