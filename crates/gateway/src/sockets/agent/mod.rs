//! An SSH agent, asked from inside: keys that policy names are listed and sign what policy names, and nothing else is done.
//!
//! Keys stay where they are. What is asked is read, decided and written anew; the program outside is only ever asked for its
//! list, for a signature whose purpose is known, and to note which server a connection leads to.

mod binding;
mod fields;
mod keys;
mod known_hosts;
mod message;
mod purpose;

pub use keys::fingerprint;
pub use known_hosts::{KnownHosts, KnownNames};

use super::Shared;
use super::road::{Answer, Notice};
use super::wire::Wire;
use binding::Bound;
use keys::Key;
use message::{Binding, FAILURE, Request, SUCCESS};
use portcullis_event::{Socket, SocketOp};
use purpose::Purpose;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const SERVICE: &str = "ssh-agent";

/// One connection.
struct Talk<'a> {
    shared: &'a Shared,
    outside: &'a Path,
    inside: Wire,
    /// The connection to the real agent, made when it is needed: it remembers what was bound on it.
    agent: Option<Wire>,
    bound: Bound,
}

pub(super) fn serve(shared: &Shared, outside: &Path, inside: Wire) {
    let mut talk = Talk { shared, outside, inside, agent: None, bound: Bound::default() };
    if talk.all().is_err_and(|error| error.kind() == io::ErrorKind::InvalidData) {
        talk.malformed("a message of it has no length that a message can have");
    }
}

impl Talk<'_> {
    fn all(&mut self) -> io::Result<()> {
        loop {
            let settings = self.shared.settings;
            let begins = Instant::now() + settings.idle;
            let Some(message) = message::receive(&mut self.inside, begins, settings.opening)? else { return Ok(()) };
            let Some(request) = message::parse(&message) else {
                self.malformed("a message of it can't be read to its end");
                return self.reply(&[FAILURE]);
            };
            let answer = self.answer(&request).unwrap_or_else(|| vec![FAILURE]);
            self.reply(&answer)?;
        }
    }

    /// The answer, if it is a good one.
    fn answer(&mut self, request: &Request<'_>) -> Option<Vec<u8>> {
        match request {
            Request::List => self.list(),
            Request::Sign { key, data, flags } => self.sign(key, data, *flags),
            Request::Bind(binding) => self.bind(binding),
            Request::Other(word) => {
                let asked = Socket { verb: Some((*word).to_owned()), ..Socket::new(SocketOp::Change, SERVICE) };
                // No policy lets it pass, and if one did, there would be nothing to pass on.
                drop(self.shared.asker.ask(&asked));
                None
            }
        }
    }

    fn list(&mut self) -> Option<Vec<u8>> {
        if self.shared.asker.ask(&Socket::new(SocketOp::List, SERVICE)) != Answer::Allow {
            return None;
        }
        let mut keys = self.keys()?;
        keys.retain(|key| self.shared.asker.road().shows_key(&fingerprint(&key.blob), &key.name()));
        Some(keys::answer(&keys))
    }

    fn sign(&mut self, blob: &[u8], data: &[u8], flags: u32) -> Option<Vec<u8>> {
        let purpose = match purpose::of(blob, data, flags) {
            Ok(purpose) => purpose,
            Err(why) => {
                self.malformed(why);
                return None;
            }
        };
        let key = self.keys()?.into_iter().find(|key| key.blob == blob)?;
        let mut asked = Socket {
            key: Some(fingerprint(blob)),
            key_name: Some(key.name()).filter(|name| !name.is_empty()),
            ..Socket::new(SocketOp::Sign, SERVICE)
        };
        match purpose {
            Purpose::Namespace(namespace) => asked.namespace = Some(namespace.to_owned()),
            Purpose::Login { user, session, host_key } => {
                asked.user = Some(user.to_owned());
                asked.servers = self.servers(session, host_key);
            }
        }
        if self.shared.asker.ask(&asked) != Answer::Allow {
            return None;
        }
        let answer = self.ask_agent(&message::sign(blob, data, flags))?;
        message::signature(&answer).map(|_| answer.clone())
    }

    /// By which names the server is known that a session is with.
    fn servers(&self, session: &[u8], named: Option<&[u8]>) -> Vec<String> {
        let Some(host_key) = self.bound.host_key(session, named) else { return Vec::new() };
        let mut servers = self.shared.asker.road().servers(host_key);
        servers.push(fingerprint(host_key));
        servers
    }

    fn bind(&mut self, binding: &Binding<'_>) -> Option<Vec<u8>> {
        if let Err(why) = self.bound.add(binding) {
            self.malformed(why);
            return None;
        }
        // The real agent may have keys that are meant for one server only. One that does not know the question says so.
        self.ask_agent(&message::bind(binding))?;
        Some(vec![SUCCESS])
    }

    /// All keys of the real agent.
    fn keys(&mut self) -> Option<Vec<Key>> {
        let answer = self.ask_agent(&[message::LIST])?;
        let keys = keys::listed(&answer);
        if keys.is_none() {
            self.unanswered("it lists keys in a way that can't be read");
        }
        keys
    }

    fn ask_agent(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let asked = self.try_to_ask(request);
        match asked {
            Ok(Some(answer)) => Some(answer),
            Ok(None) => {
                self.agent = None;
                self.unanswered("it has hung up");
                None
            }
            Err(error) => {
                self.agent = None;
                self.unanswered(&error.to_string());
                None
            }
        }
    }

    fn try_to_ask(&mut self, request: &[u8]) -> io::Result<Option<Vec<u8>>> {
        if self.agent.is_none() {
            self.agent = Some(Wire::to(self.outside, Arc::clone(self.inside.stop()))?);
        }
        let Some(agent) = &mut self.agent else { return Ok(None) };
        let deadline = Instant::now() + self.shared.settings.answering;
        message::send(agent, request, deadline)?;
        message::receive(agent, deadline, self.shared.settings.opening)
    }

    fn reply(&self, answer: &[u8]) -> io::Result<()> {
        message::send(&self.inside, answer, Instant::now() + self.shared.settings.opening)
    }

    fn malformed(&self, why: &'static str) {
        self.shared.asker.tell(&Notice::Malformed { service: SERVICE, why });
    }

    fn unanswered(&self, why: &str) {
        self.shared.asker.tell(&Notice::Unanswered { service: SERVICE, why: why.to_owned() });
    }
}
