//! The servers that a connection's requests go to, and what they answer.

use super::credential::{self, Lent};
use super::link::Link;
use super::target::Target;
use super::{Shared, client};
use crate::egress::http::body::{self, Body};
use crate::egress::http::head::{self, Head, Read};
use crate::egress::http::reading::{Cut, Source as _, each_piece};

use crate::egress::reach::reach;
use crate::egress::wire::Wire;
use crate::wire::{Api, is_plain};
use std::io;
use std::sync::LazyLock;
use std::time::Instant;

/// The longest reply that is held as a whole.
pub(super) const LONGEST_REPLY: usize = 64 << 20;

/// How many answers that only announce one are skipped.
const MOST_INTERIM: usize = 8;

/// Headers that are between two neighbours only, or that the gate says itself.
pub(super) const OWN: [&str; 13] = [
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

/// Where all requests of a connection go, if that was said when it was made.
pub(crate) struct Origin {
    /// The server.
    pub(crate) target: Target,
    /// How it is connected to; whoever hands this in has checked that it may be.
    pub(crate) dial: Box<dyn Fn() -> io::Result<Wire> + Send>,
}

/// The servers of one client's connection.
pub(super) struct Servers<'a> {
    pub(super) shared: &'a Shared,
    pub(super) origin: Option<Origin>,
    /// The key that goes along, where the client has none of its own.
    pub(super) lent: Option<Lent>,
    /// Whether anything of the last request may have reached its server.
    pub(super) was_sent: bool,
    /// A connection that can be used again.
    kept: Option<(Target, Link)>,
}

/// An answer whose head was read.
pub(super) struct Reply {
    pub(super) head: Head,
    framing: Body,
    target: Target,
    link: Link,
}

impl<'a> Servers<'a> {
    pub(super) fn new(shared: &'a Shared, origin: Option<Origin>) -> Self {
        Self { shared, origin, lent: None, was_sent: false, kept: None }
    }

    /// Who serves an interface to this connection.
    pub(super) fn of(&self, api: Api) -> Option<Target> {
        let targets = &self.shared.settings.targets;
        match &self.origin {
            Some(origin) => Some(targets.instead_of(&origin.target.host).unwrap_or(&origin.target).clone()),
            None => targets.of(api).cloned(),
        }
    }

    /// Whether a request brings a key of its own, though there is one for its server.
    pub(super) fn has_foreign_key(&self, head: &Head, path: &str) -> bool {
        let origin = self.origin.as_ref().map(|origin| &origin.target.host);
        origin.is_some_and(|host| credential::is_foreign(&self.shared.settings.credentials, host, head, path))
    }

    /// Sends a request on, and reads the head of the answer.
    pub(super) fn ask(&mut self, head: &Head, path: &str, target: &Target, body: &str) -> io::Result<Reply> {
        let request = self.request(head, path, target, body);
        let idle = client::idle(self.shared);
        self.was_sent = false;
        if let Some((_, mut link)) = self.kept.take().filter(|(other, link)| other == target && link.is_quiet()) {
            self.was_sent = true;
            match link.send(&request, idle).and_then(|()| reply_head(self.shared, &mut link)) {
                // A kept connection may have ended in this very moment; nothing was answered, so it is asked once more.
                Err(error) if error.kind() != io::ErrorKind::TimedOut => {}
                answered => return Reply::new(answered?, target, link),
            }
        }
        let mut link = self.open(target)?;
        self.was_sent = true;
        link.send(&request, idle)?;
        let head = reply_head(self.shared, &mut link)?;
        Reply::new(head, target, link)
    }

    /// Whether there are web sockets at a path.
    pub(super) fn has_sockets(path: &str) -> bool {
        path.split('?').next().is_some_and(|path| path.ends_with("/responses") && is_plain(path))
    }

    /// Asks for a web socket: the answer, and the connection if it is one now.
    pub(super) fn upgrade(&self, head: &Head, path: &str, target: &Target) -> io::Result<(Head, Option<Link>)> {
        let mut asked = head.clone();
        // What would change the messages is not agreed on: they could not be read.
        asked.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("sec-websocket-extensions"));
        let mut request = self.request(&asked, path, target, "");
        let end = request.len() - b"\r\n".len();
        request.truncate(end);
        request.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        let mut link = self.open(target)?;
        link.send(&request, client::idle(self.shared))?;
        let answer = any_head(self.shared, &mut link)?;
        let is_one = answer.second == "101";
        Ok((answer, is_one.then_some(link)))
    }

    /// A connection can be used again, if its server leaves it open.
    pub(super) fn keep(&mut self, Reply { head, framing, target, link }: Reply) {
        let goes_on = head.first == "HTTP/1.1" && !head.words("connection").iter().any(|word| word == "close");
        if framing != Body::UntilClose && goes_on {
            self.kept = Some((target, link));
        }
    }

    /// A request as it is sent on.
    fn request(&self, head: &Head, path: &str, target: &Target, body: &str) -> Vec<u8> {
        let mut out = format!("{} {}{path} HTTP/1.1\r\n", head.first, target.path).into_bytes();
        let mut header = |name: &str, value: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        };
        header("Host", target.authority().as_bytes());
        let asked = self.origin.as_ref().map_or(&target.host, |origin| &origin.target.host);
        let named = head.words("connection");
        for (name, value) in &head.headers {
            let small = name.to_ascii_lowercase();
            if OWN.contains(&small.as_str()) || named.contains(&small) {
                continue;
            }
            match credential::put_in(&self.shared.settings.credentials, asked, &small, value) {
                Some(key) => header(name, key.expose()),
                None => header(name, value),
            }
        }
        if let Some(lent) = self.lent.as_ref().filter(|lent| lent.host == target.host) {
            header(lent.header, lent.value.expose());
        }
        header("Accept-Encoding", b"identity");
        if head.first != "GET" {
            header("Content-Length", body.len().to_string().as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body.as_bytes());
        out
    }

    fn open(&self, target: &Target) -> io::Result<Link> {
        let wire = match &self.origin {
            Some(origin) if origin.target == *target => (origin.dial)()?,
            Some(_) | None => self.dial(target)?,
        };
        if !target.tls {
            return Ok(Link::plain(wire));
        }
        let config = self.shared.settings.tls.as_ref();
        let config =
            LazyLock::force(config).as_ref().ok_or_else(|| io::Error::other("TLS can't be spoken on this machine"))?;
        Link::to_server(wire, config, target.host.as_str())
    }

    /// Connects to a server that the user has named.
    fn dial(&self, target: &Target) -> io::Result<Wire> {
        let settings = &self.shared.settings;
        let deadline = Instant::now() + settings.opening;
        reach(settings.proxy.as_ref(), &self.shared.stop, (&target.host, target.port), deadline)
    }
}

impl Reply {
    fn new(head: Head, target: &Target, link: Link) -> io::Result<Self> {
        let framing = body::of_reply(&head, "POST").map_err(io::Error::other)?;
        Ok(Self { head, framing, target: target.clone(), link })
    }

    /// Its type, in small letters.
    pub(super) fn kind(&self) -> String {
        let kind = self.head.values("content-type").next();
        kind.map(|it| String::from_utf8_lossy(it).to_ascii_lowercase()).unwrap_or_default()
    }

    /// Its status. What is no number is none that a server should say.
    pub(super) fn status(&self) -> u16 {
        self.head.second.parse().unwrap_or(502)
    }

    /// Hands over each piece of its body.
    pub(super) fn each<E>(&mut self, shared: &Shared, take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), Cut<E>> {
        each_piece(&mut self.link, self.framing, || client::idle(shared), take)
    }

    /// All of its body.
    pub(super) fn whole(&mut self, shared: &Shared) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let read = self.each(shared, |piece| {
            all.extend_from_slice(piece);
            if all.len() > LONGEST_REPLY { Err(io::Error::other("the answer is too long")) } else { Ok(()) }
        });
        match read {
            Ok(()) => Ok(all),
            Err(Cut::Gone(error) | Cut::Taker(error)) => Err(error),
            Err(Cut::Malformed(why)) => Err(io::Error::other(why)),
        }
    }
}

fn reply_head(shared: &Shared, link: &mut Link) -> io::Result<Head> {
    for _ in 0..=MOST_INTERIM {
        let head = any_head(shared, link)?;
        if !head.second.starts_with('1') {
            return Ok(head);
        }
        if head.second == "101" {
            break;
        }
    }
    Err(io::Error::other("it announces an answer and gives none"))
}

/// The next head, whatever it announces.
fn any_head(shared: &Shared, link: &mut Link) -> io::Result<Head> {
    loop {
        match head::reply(link.held()).map_err(io::Error::other)? {
            Read::Whole(head, length) => {
                link.consume(length);
                return Ok(head);
            }
            Read::Partial => {
                if !link.fill(client::idle(shared))? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}
