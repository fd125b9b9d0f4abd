//! A server that is reached by its URL, as if it stood at the other end of two pipes.
//!
//! Each message is a request over HTTP of its own; what comes back, whole or as a stream of events, is one message after the other.
//! What the server wants to say without being asked comes over a stream that stays open, if it has one.

use super::lines::{LONGEST, Line, Lines};
use super::message::{self, Id, Message};
use crate::egress::Upstream;
use crate::egress::http::body;
use crate::egress::http::head::{self, Head, Read as HeadRead};
use crate::egress::http::reading::{Cut, Source as _, each_piece};
use crate::egress::reach::reach;
use crate::json::Document;
use crate::model::{Link, Target, Tls};
use crate::sse::Events;
use crate::stop::Stop;
use portcullis_event::Secret;
use std::io::{self, BufReader, PipeReader, PipeWriter, Write as _, pipe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// To reach a server, and to say something to it.
const OPENING: Duration = Duration::from_secs(30);

/// Nothing that a tool does takes longer without a word.
const IDLE: Duration = Duration::from_mins(30);

/// A stream that stays open may be silent for so long.
const SILENT: Duration = Duration::from_hours(24);

/// Answers that are waited for at once.
const MOST: usize = 64;

/// A server, and what it is told with each request.
#[derive(Debug)]
pub struct Remote {
    /// Where it is.
    pub target: Target,
    /// Headers, such as one with a key.
    pub headers: Vec<(String, Secret<String>)>,
    /// How it is believed to be who it says.
    pub tls: Tls,
    /// The user's own proxy.
    pub proxy: Option<Upstream>,
}

/// What is known of the session with it.
#[derive(Debug, Default)]
struct Known {
    /// What it calls the session.
    session: Option<String>,
    version: Option<String>,
}

/// What the threads share.
struct Shared {
    remote: Remote,
    stop: Arc<Stop>,
    known: Mutex<Known>,
    /// Where messages of the server go. Gone once nobody listens.
    out: Mutex<Option<PipeWriter>>,
    waiting: AtomicUsize,
}

/// The two ends: what the server says, and what is said to it. It ends when nothing more is said.
pub fn open(remote: Remote) -> io::Result<(PipeReader, PipeWriter)> {
    let ((from_server, out), (said, to_server)) = (pipe()?, pipe()?);
    let shared = Arc::new(Shared {
        remote,
        stop: Arc::new(Stop::new()?),
        known: Mutex::new(Known::default()),
        out: Mutex::new(Some(out)),
        waiting: AtomicUsize::new(0),
    });
    Builder::new().name("mcp-remote".to_owned()).spawn(move || {
        let mut lines = Lines::new(BufReader::new(said));
        while let Ok(Some(line)) = lines.next_line() {
            // What stands between has made sure of it.
            if let Line::Text(text) = line {
                Shared::say(&shared, text);
            }
        }
        shared.end();
    })?;
    Ok((from_server, to_server))
}

impl Shared {
    /// Says one message. What comes next may only be said once this was heard, but for questions: they may take long.
    fn say(this: &Arc<Self>, text: String) {
        let (id, method) = {
            let Ok(document) = Document::read(&text) else { return };
            match Message::read(document.root()) {
                Ok(Message::Request { id, method, .. }) => (Some(id), method.into_owned()),
                Ok(Message::Notice { method, .. }) => (None, method.into_owned()),
                Ok(Message::Answer { .. }) => (None, String::new()),
                Err(_) => return,
            }
        };
        let is_first = method == "initialize";
        match id {
            Some(id) if !is_first => Self::ask(this, &id, text),
            id => this.post(id.as_ref(), &text, is_first),
        }
        if method == "notifications/initialized" {
            let listener = Arc::clone(this);
            // Without it nothing is heard that was not asked for.
            drop(Builder::new().name("mcp-listen".to_owned()).spawn(move || listener.listen()));
        }
    }

    fn ask(this: &Arc<Self>, id: &Id, text: String) {
        let place = Place::take(this);
        let (shared, of) = (Arc::clone(this), id.clone());
        let serve = move || {
            if place.is_some() {
                shared.post(Some(&of), &text, false);
            } else {
                let words = "Portcullis: too many requests wait for this server";
                shared.tell(&message::error(Some(&of), -32603, words));
            }
            drop(place);
        };
        if Builder::new().name("mcp-ask".to_owned()).spawn(serve).is_err() {
            this.tell(&message::error(Some(id), -32603, "Portcullis: there is no thread to ask this server"));
        }
    }

    /// Asks, and tells what comes back. Whoever waits for an answer gets one.
    fn post(&self, id: Option<&Id>, text: &str, is_first: bool) {
        let mut is_answered = false;
        let ended = self.exchange("POST", text.as_bytes(), IDLE, |message| {
            is_answered |= id.is_some_and(|id| answers(message, id));
            if is_first {
                self.learn_version(message);
            }
            self.tell(message);
        });
        if let Some(id) = id.filter(|_| !is_answered) {
            let why = ended.err().map_or_else(|| "it gave no answer".to_owned(), |error| error.to_string());
            self.tell(&message::error(Some(id), -32603, &format!("Portcullis: the server was asked, and {why}")));
        }
    }

    /// Listens to what the server says without being asked, if it does.
    fn listen(&self) {
        self.exchange("GET", b"", SILENT, |message| self.tell(message)).ok();
    }

    fn learn_version(&self, message: &str) {
        let Ok(document) = Document::read(message) else { return };
        let version = document.root().get("result").and_then(|result| result.text_of("protocolVersion"));
        self.known().version = version.map(String::from).filter(|it| is_plain(it));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a message of the server on.
    fn tell(&self, message: &str) {
        let line = message.replace(['\n', '\r'], " ") + "\n";
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.as_mut().is_some_and(|out| out.write_all(line.as_bytes()).is_err()) {
            *out = None;
        }
    }

    /// Nothing more is said: the session ends, and with it everything that waits.
    fn end(&self) {
        if self.known().session.is_some() {
            // A server that does not want to hear of it forgets by itself.
            self.exchange("DELETE", b"", OPENING, |_| ()).ok();
        }
        self.stop.ring();
        *self.out.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// One request, and each message of its answer.
    fn exchange(&self, method: &str, body: &[u8], idle: Duration, mut take: impl FnMut(&str)) -> io::Result<()> {
        let mut link = self.link()?;
        link.send(&self.request(method, body), Instant::now() + OPENING)?;
        let head = reply_head(&mut link, idle)?;
        self.learn_session(&head);
        match head.second.as_str() {
            "200" => {}
            "202" | "204" => return Ok(()),
            "401" | "403" => return Err(io::Error::other("it wants a login (hand it a header with `--header`)")),
            status => return Err(io::Error::other(format!("it said {status}"))),
        }
        let framing = body::of_reply(&head, method).map_err(io::Error::other)?;
        let kind = head.values("content-type").next().map(|kind| String::from_utf8_lossy(kind).to_ascii_lowercase());
        let is_stream = kind.as_deref().is_some_and(|kind| kind.starts_with("text/event-stream"));
        if !is_stream && !kind.as_deref().is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(io::Error::other("it answered with what is no message"));
        }
        let (mut whole, mut events) = (Vec::new(), Events::default());
        let read = each_piece(
            &mut link,
            framing,
            || Instant::now() + idle,
            |piece| {
                if is_stream {
                    events.push(piece);
                    while let Some(event) = events.take().map_err(io::Error::other)? {
                        event.data().filter(|data| !data.is_empty()).into_iter().for_each(&mut take);
                    }
                    return Ok(());
                }
                whole.extend_from_slice(piece);
                if whole.len() > LONGEST { Err(io::Error::other("its answer is too long")) } else { Ok(()) }
            },
        );
        match read {
            Ok(()) => {}
            Err(Cut::Gone(error) | Cut::Taker(error)) => return Err(error),
            Err(Cut::Malformed(why)) => return Err(io::Error::other(why)),
        }
        if !is_stream {
            take(std::str::from_utf8(&whole).map_err(io::Error::other)?);
        }
        Ok(())
    }

    fn link(&self) -> io::Result<Link> {
        let Remote { target, tls, proxy, .. } = &self.remote;
        let wire = reach(proxy.as_ref(), &self.stop, (&target.host, target.port), Instant::now() + OPENING)?;
        if !target.tls {
            return Ok(Link::plain(wire));
        }
        let config = LazyLock::force(tls.as_ref()).as_ref();
        let config = config.ok_or_else(|| io::Error::other("TLS can't be spoken on this machine"))?;
        Link::to_server(wire, config, target.host.as_str())
    }

    fn request(&self, method: &str, body: &[u8]) -> Vec<u8> {
        let Remote { target, headers, .. } = &self.remote;
        let path = if target.path.is_empty() { "/" } else { &target.path };
        let mut out = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", target.authority()).into_bytes();
        let mut header = |name: &str, value: &str| out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        header("User-Agent", "portcullis");
        header("Accept", if method == "GET" { "text/event-stream" } else { "application/json, text/event-stream" });
        header("Accept-Encoding", "identity");
        header("Connection", "close");
        if method == "POST" {
            header("Content-Type", "application/json");
            header("Content-Length", &body.len().to_string());
        }
        let known = self.known();
        if let Some(session) = &known.session {
            header("Mcp-Session-Id", session);
        }
        if let Some(version) = &known.version {
            header("MCP-Protocol-Version", version);
        }
        for (name, value) in headers {
            header(name, value.expose());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        out
    }

    fn learn_session(&self, head: &Head) {
        let mut values = head.values("mcp-session-id").filter_map(|value| std::str::from_utf8(value).ok());
        if let Some(session) = values.next().filter(|it| is_plain(it)) {
            self.known().session = Some(session.to_owned());
        }
    }
}

/// A place among those who wait for an answer, given back when it is dropped.
struct Place(Arc<Shared>);

impl Place {
    fn take(shared: &Arc<Shared>) -> Option<Self> {
        let before = shared.waiting.fetch_add(1, Ordering::AcqRel);
        let place = Self(Arc::clone(shared));
        (before < MOST).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Whether a message is the answer to what was asked under this id.
fn answers(message: &str, asked: &Id) -> bool {
    let Ok(document) = Document::read(message) else { return false };
    matches!(Message::read(document.root()), Ok(Message::Answer { id, .. }) if id == *asked)
}

/// Whether a word can stand in a header, and is as short as such words are.
fn is_plain(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn reply_head(link: &mut Link, idle: Duration) -> io::Result<Head> {
    loop {
        match head::reply(link.held()).map_err(io::Error::other)? {
            HeadRead::Whole(head, length) => {
                link.consume(length);
                if !head.second.starts_with('1') {
                    return Ok(head);
                }
            }
            HeadRead::Partial => {
                if !link.fill(Instant::now() + idle)? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}
