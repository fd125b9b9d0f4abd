//! A container engine, read from inside: Docker's API and Podman's, of which only questions are passed on.
//!
//! Each request is read, decided and written anew, on a connection of its own that ends with the answer, so there is nothing
//! that could be smuggled behind a request, and no connection that could become something else. Answers that hold settings
//! are read as well: values of variables are taken out of them, since that is where secrets are.

mod ask;
mod mask;
mod reply;

use super::Shared;
use super::road::{Answer, Notice};
use super::wire::Wire;
use crate::egress::Denial;
use crate::egress::http::body::{Body, of_request};
use crate::egress::http::head::{Head, Read, request};
use ask::{Ask, Unasked};
use portcullis_event::{Socket, SocketOp};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Docker.
    Docker,
    /// Podman, whose API holds Docker's and its own.
    Podman,
}

impl Kind {
    /// Its name in events and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// One connection.
struct Talk<'a> {
    shared: &'a Shared,
    kind: Kind,
    outside: &'a Path,
    inside: Wire,
}

/// Whether another request may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Again,
    End,
}

pub(super) fn serve(shared: &Shared, kind: Kind, outside: &Path, inside: Wire) {
    let mut talk = Talk { shared, kind, outside, inside };
    // However it ends, the connection is closed.
    while matches!(talk.one(), Ok(Next::Again)) {}
}

impl Talk<'_> {
    /// Reads, decides and answers one request.
    fn one(&mut self) -> io::Result<Next> {
        let Some(head) = self.head()? else { return Ok(Next::End) };
        let behind = has_nothing_behind(&head);
        let asked = match (ask::parse(&head, self.kind), behind) {
            (Ok(asked), Ok(())) => asked,
            (Ok(_), Err(why)) | (Err(Unasked::Unreadable(why)), _) => return self.refuse(why),
            (Err(Unasked::NotRead(verb)), Ok(())) => return self.deny_change(verb),
            // What follows is its body, or something else: nobody here has to know.
            (Err(Unasked::NotRead(verb)), Err(_)) => return self.deny_change(verb).map(|_| Next::End),
        };
        let event = Socket {
            verb: Some(asked.verb.word().to_owned()),
            object: asked.object.clone(),
            ..Socket::new(SocketOp::Read, self.kind.name())
        };
        match self.shared.asker.ask(&event) {
            Answer::Allow => self.pass_on(&head, &asked),
            Answer::Deny(denial) => self.deny(&denial),
        }
    }

    fn head(&mut self) -> io::Result<Option<Head>> {
        let mut deadline = Instant::now() + self.shared.settings.idle;
        loop {
            match request(self.inside.held()) {
                Ok(Read::Whole(head, length)) => {
                    self.inside.consume(length);
                    return Ok(Some(head));
                }
                Ok(Read::Partial) => {
                    let begins = self.inside.held().is_empty();
                    if !self.inside.fill(deadline)? {
                        return Ok(None);
                    }
                    if begins {
                        deadline = Instant::now() + self.shared.settings.opening;
                    }
                }
                Err(why) => {
                    self.refuse(why)?;
                    return Ok(None);
                }
            }
        }
    }

    /// Asks the engine and hands on what it answers.
    fn pass_on(&mut self, head: &Head, asked: &Ask) -> io::Result<Next> {
        let outside = Wire::to(self.outside, Arc::clone(self.inside.stop()));
        let answered = outside.map_err(reply::Failed::from).and_then(|outside| {
            outside.send(&asked.bytes(), Instant::now() + self.shared.settings.opening)?;
            reply::hand_on(outside, &self.inside, asked, self.shared.settings, head.third == "HTTP/1.1")
        });
        match answered {
            Ok(()) if head.third == "HTTP/1.1" && !head.words("connection").iter().any(|word| word == "close") => {
                Ok(Next::Again)
            }
            Ok(()) => Ok(Next::End),
            Err(reply::Failed { why, begun }) => {
                self.shared.asker.tell(&Notice::Unanswered { service: self.kind.name(), why: why.clone() });
                if !begun {
                    self.say("502 Bad Gateway", &format!("{} can't be asked: {why}", self.kind.name()))?;
                }
                Ok(Next::End)
            }
        }
    }

    fn deny_change(&self, verb: String) -> io::Result<Next> {
        let event = Socket { verb: Some(verb), ..Socket::new(SocketOp::Change, self.kind.name()) };
        match self.shared.asker.ask(&event) {
            Answer::Deny(denial) => self.deny(&denial),
            // No policy allows it, and if one did, there would be no way to pass it on.
            Answer::Allow => self.say("403 Forbidden", "only questions are passed on").map(|()| Next::End),
        }
    }

    fn deny(&self, denial: &Denial) -> io::Result<Next> {
        let fix = denial.fix.iter().map(|fix| format!("to allow it: {fix}"));
        let told: Vec<String> = denial.reasons.iter().cloned().chain(fix).collect();
        self.say("403 Forbidden", &told.join("; "))?;
        Ok(Next::Again)
    }

    /// Says what is wrong with a request, after which nothing can be told from one another any more.
    fn refuse(&self, why: &'static str) -> io::Result<Next> {
        self.shared.asker.tell(&Notice::Malformed { service: self.kind.name(), why });
        self.say("400 Bad Request", why)?;
        Ok(Next::End)
    }

    /// An answer of our own, in the form in which engines say what is wrong.
    fn say(&self, status: &str, message: &str) -> io::Result<()> {
        let text = serde_json::json!({ "message": format!("portcullis: {message}") }).to_string();
        let length = text.len();
        let answer =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}");
        self.inside.send(answer.as_bytes(), Instant::now() + self.shared.settings.opening)
    }
}

/// That a request is its head and nothing more: no body, and no other protocol.
fn has_nothing_behind(head: &Head) -> Result<(), &'static str> {
    if of_request(head)? != Body::None && head.only("content-length")? != Some(b"0") {
        return Err("a question has no body");
    }
    let switches = head.values("upgrade").next().is_some() || head.words("connection").iter().any(|it| it == "upgrade");
    if switches { Err("a question does not change the protocol") } else { Ok(()) }
}
