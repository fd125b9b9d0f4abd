//! `[sockets]`: which programs of this machine may be asked over their sockets, and what of each.
//!
//! A broker stands between, which can tell what is asked. What would change something behind a socket has no list: no
//! policy lets it pass.

use super::answers::word;
use super::{Answers, Asked};
use crate::pattern::Set;
use crate::pattern::label::LabelSet;
use crate::pattern::login::{Login, LoginSet, Server};
use crate::rules::{Lists, Said};
use crate::socket_rules::HASHED_SERVER;
use crate::tier::Tier;
use portcullis_event::{AbsPath, Body, Socket, SocketOp, Verdict};

/// The lists of `[sockets]`.
#[derive(Debug, Default)]
pub(crate) struct SocketLists {
    pub(crate) plain: Lists<crate::pattern::path::PathSet>,
    pub(crate) keys: Lists<LabelSet>,
    pub(crate) sign: Lists<LabelSet>,
    pub(crate) login: Lists<LoginSet>,
    pub(crate) docker: Lists<LabelSet>,
    pub(crate) podman: Lists<LabelSet>,
}

pub(crate) const KEYS: &str = "sockets.ssh-agent.keys";
const SIGN: &str = "sockets.ssh-agent.sign";
pub(crate) const LOGIN: &str = "sockets.ssh-agent.login";

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    let Body::Socket(socket) = asked.body() else { return };
    let lists = &tier.sockets;
    match (socket.op, socket.service.as_str()) {
        (SocketOp::List, "ssh-agent") => listing(lists, out),
        (SocketOp::Sign, "ssh-agent") => sign(lists, socket, out),
        (SocketOp::Read, "docker") => read(&lists.docker, "sockets.docker", socket, out),
        (SocketOp::Read, "podman") => read(&lists.podman, "sockets.podman", socket, out),
        (SocketOp::Connect, "plain") => match &socket.path {
            Some(path) => connect(lists, path, out),
            None => refuse("a socket that has no path", out),
        },
        (SocketOp::Change, service) => {
            let what = socket.verb.as_deref().unwrap_or("what was asked");
            refuse(&format!("{what}, asked of {service}, could change what is behind the socket: it"), out);
        }
        (SocketOp::List | SocketOp::Sign | SocketOp::Read | SocketOp::Connect, service) => {
            refuse(&format!("what was asked of {service}"), out);
        }
    }
}

fn refuse(what: &str, out: &mut Answers) {
    let fix = Some("a person does this themselves, outside of the run".to_owned());
    out.gate(Verdict::Deny, format!("{what} is let through by no policy"), None, fix);
}

/// Whether keys are listed at all. Which ones is a question about each key.
fn listing(lists: &SocketLists, out: &mut Answers) {
    if let Some(list) = &lists.keys.allow {
        let message = format!("keys that `{KEYS}` allows are listed");
        out.gate(Verdict::Allow, message, Some(&list.origin), None);
    }
}

fn sign(lists: &SocketLists, socket: &Socket, out: &mut Answers) {
    key(lists, socket.key.as_deref(), socket.key_name.as_deref(), out);
    match (&socket.namespace, &socket.user) {
        (Some(namespace), None) => {
            let subject = format!("a signature for `{namespace}`");
            lists_or_refuse(&lists.sign, &[namespace], (SIGN, &subject, namespace), out);
        }
        (None, Some(user)) => login(lists, user, &socket.servers, out),
        (Some(_), Some(_)) | (None, None) => refuse("a signature that nobody knows the purpose of", out),
    }
}

/// Whether a key may be used, by its fingerprint and by what it is called.
pub(crate) fn key(lists: &SocketLists, fingerprint: Option<&str>, name: Option<&str>, out: &mut Answers) {
    let values: Vec<&str> = [fingerprint, name].into_iter().flatten().filter(|value| !value.is_empty()).collect();
    let called = name.filter(|name| !name.is_empty()).map(|name| format!(" ({name})")).unwrap_or_default();
    let shown = fingerprint.unwrap_or("that is not known");
    lists_or_refuse(&lists.keys, &values, (KEYS, &format!("the key {shown}{called}"), shown), out);
}

fn login(lists: &SocketLists, user: &str, servers: &[String], out: &mut Answers) {
    let is_name = |server: &&String| *server != HASHED_SERVER && !server.starts_with("SHA256:");
    // Its name, or else its key.
    let known = servers.iter().find(is_name).or_else(|| servers.iter().find(|server| *server != HASHED_SERVER));
    let mut names: Vec<Server<'_>> = servers.iter().map(|server| named(server)).collect();
    if servers.is_empty() {
        names.push(Server::Unknown);
    } else if servers.iter().all(|server| server.starts_with("SHA256:")) {
        names.push(Server::Nameless);
    }
    let values: Vec<Login<'_>> = names.into_iter().map(|server| Login { user, server }).collect();
    let (subject, written) = match known {
        Some(server) => (format!("a login as `{user}@{server}`"), format!("{user}@{server}")),
        None => (format!("a login as `{user}` to a server that is not known"), format!("{user}@*")),
    };
    lists_or_refuse(&lists.login, &values, (LOGIN, &subject, &written), out);
}

fn named(server: &str) -> Server<'_> {
    if server == HASHED_SERVER { Server::Hashed } else { Server::Named(server) }
}

/// What one list alone says: `keys`, `sign` or `login`.
pub(crate) fn one(lists: &SocketLists, section: &str, value: &str, out: &mut Answers) {
    let subject = format!("`{value}`");
    match section {
        "keys" => lists_or_refuse(&lists.keys, &[value], (KEYS, &subject, value), out),
        "sign" => lists_or_refuse(&lists.sign, &[value], (SIGN, &subject, value), out),
        _ => {
            let parts = value.rsplit_once('@').map(|(user, server)| (user, Server::Named(server)));
            let (user, server) = parts.unwrap_or((value, Server::Unknown));
            lists_or_refuse(&lists.login, &[Login { user, server }], (LOGIN, &subject, value), out);
        }
    }
}

fn read(lists: &Lists<LabelSet>, key: &str, socket: &Socket, out: &mut Answers) {
    let Some(verb) = socket.verb.as_deref() else { return refuse("what has no word", out) };
    let subject = match &socket.object {
        Some(object) => format!("`{verb}` of {object}, asked of {}", socket.service),
        None => format!("`{verb}`, asked of {}", socket.service),
    };
    lists_or_refuse(lists, &[verb], (key, &subject, verb), out);
}

fn connect(lists: &SocketLists, path: &AbsPath, out: &mut Answers) {
    let subject = format!("the socket {path}");
    lists_or_refuse(&lists.plain, &[path], ("sockets.plain", &subject, path.as_str()), out);
}

/// What lists say about something that has several names; of the highest storey silence is a no, because another list may
/// have said yes to the same event.
fn lists_or_refuse<S: Set>(
    lists: &Lists<S>,
    values: &[S::Value<'_>],
    (key, subject, written): (&str, &str, &str),
    out: &mut Answers,
) {
    match said(lists, values) {
        Some(said) => {
            out.consider(said);
            let (message, fix) = word(said, key, subject, written);
            out.gate(said.verdict, message, Some(said.origin), fix);
        }
        None if out.highest => {
            let fix = Some(format!("add `{written}` to `{key}.allow` in the highest policy"));
            out.gate(Verdict::Deny, format!("{subject} is denied: there is no list `{key}.allow`"), None, fix);
        }
        None => {}
    }
}

fn said<'a, S: Set>(lists: &'a Lists<S>, values: &[S::Value<'_>]) -> Option<Said<'a>> {
    let is_excepted = values.iter().any(|value| lists.might_except(*value));
    let hits = values.iter().flat_map(|value| lists.hits(*value));
    let hits = hits.filter(|said| said.verdict != Verdict::Allow || !is_excepted);
    hits.max_by_key(|said| said.verdict).or_else(|| lists.unlisted())
}
