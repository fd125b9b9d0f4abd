//! Which questions there are: paths of the API that only read, with the parameters that only read.

use super::Kind;
use crate::egress::http::head::Head;
use std::fmt::Write as _;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Ping,
    Version,
    Info,
    Containers,
    Container,
    Logs,
    Stats,
    Top,
    Images,
    Image,
    Events,
}

/// A request that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) verb: Verb,
    /// The container or image.
    pub(super) object: Option<String>,
    pub(super) is_head: bool,
    target: String,
}

/// Why a request is no question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unasked {
    /// It can be read in more than one way, or not at all.
    Unreadable(&'static str),
    /// It is something else; this is what it is called on the record.
    NotRead(String),
}

impl Verb {
    /// As it stands in policies.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Version => "version",
            Self::Info => "info",
            Self::Containers => "containers",
            Self::Container => "container",
            Self::Logs => "logs",
            Self::Stats => "stats",
            Self::Top => "top",
            Self::Images => "images",
            Self::Image => "image",
            Self::Events => "events",
        }
    }

    /// Whether the answer comes piece by piece for as long as somebody listens.
    pub(super) fn streams(self) -> bool {
        matches!(self, Self::Logs | Self::Stats | Self::Events)
    }

    /// Parameters that it has. What runs a program with them, or shows variables, is not among them.
    fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Ping | Self::Version | Self::Info | Self::Top => &[],
            Self::Containers => &["all", "limit", "size", "filters", "last", "namespace", "sync", "external"],
            Self::Container => &["size"],
            Self::Logs => &["follow", "stdout", "stderr", "since", "until", "timestamps", "tail"],
            Self::Stats => &["stream", "one-shot"],
            Self::Images => &["all", "filters", "digests", "shared-size", "manifests"],
            Self::Image => &["manifests", "platform"],
            Self::Events => &["since", "until", "filters", "stream"],
        }
    }
}

impl Ask {
    /// The request as it is passed on, on a connection that ends with the answer.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let method = if self.is_head { "HEAD" } else { "GET" };
        format!("{method} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", self.target).into_bytes()
    }
}

/// Reads what a request asks.
pub(super) fn parse(head: &Head, kind: Kind) -> Result<Ask, Unasked> {
    let (path, query) =
        head.second.split_once('?').map_or((head.second.as_str(), None), |(path, query)| (path, Some(query)));
    if !path.starts_with('/') {
        return Err(Unasked::Unreadable("its target is no path"));
    }
    let names = names(path).map_err(Unasked::Unreadable)?;
    let (version, names) = match names.split_first() {
        Some((first, rest)) if is_version(first) => (Some(first.as_str()), rest),
        _ => (None, names.as_slice()),
    };
    let (own, names) = match names.split_first() {
        Some((first, rest)) if first == "libpod" && kind == Kind::Podman => (true, rest),
        _ => (false, names),
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let not_read = || Unasked::NotRead(called(&head.first, &names));
    if !matches!(head.first.as_str(), "GET" | "HEAD") {
        return Err(not_read());
    }
    let (verb, object) = verb(&names, own).ok_or_else(not_read)?;
    if object.as_deref().is_some_and(|object| !is_name(object)) {
        return Err(Unasked::Unreadable("what it is about has no name that there is"));
    }
    let query = parameters(verb, query).ok_or_else(|| Unasked::NotRead(format!("parameters of {}", verb.word())))?;
    let mut target = String::new();
    for name in version.into_iter().chain(own.then_some("libpod")).chain(names) {
        // A name may hold slashes; Podman's own API wants them written so that they are part of it.
        let name = if own { name.replace('/', "%2F") } else { name.to_owned() };
        // Writing to a text can't fail.
        write!(target, "/{name}").ok();
    }
    Ok(Ask { verb, object, is_head: head.first == "HEAD", target: target + &query })
}

/// The names of a path. What stands for a character of a name is that character; nothing else may be written with `%`.
fn names(path: &str) -> Result<Vec<String>, &'static str> {
    let plain = |name: &str| {
        let name = ["%2F", "%2f"].iter().fold(name.to_owned(), |name, slash| name.replace(slash, "/"));
        let name = ["%3A", "%3a"].iter().fold(name, |name, colon| name.replace(colon, ":"));
        name.replace("%40", "@")
    };
    let names: Vec<String> = path.split('/').skip(1).map(plain).collect();
    let is_odd = |name: &String| name.is_empty() || name.split('/').any(|part| matches!(part, "" | "." | ".."));
    if names.iter().any(is_odd) {
        return Err("its path has a part that is empty or leads up");
    }
    if names.iter().any(|name| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/@-".contains(&byte))) {
        return Err("its path holds a character that no path of this API has");
    }
    Ok(names)
}

fn is_version(name: &str) -> bool {
    name.strip_prefix('v').is_some_and(|numbers| {
        let mut parts = numbers.split('.');
        let is_number = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.clone().count() <= 3 && parts.all(is_number)
    })
}

fn verb(names: &[&str], own: bool) -> Option<(Verb, Option<String>)> {
    Some(match names {
        ["_ping"] => (Verb::Ping, None),
        ["version"] => (Verb::Version, None),
        ["info"] => (Verb::Info, None),
        ["events"] => (Verb::Events, None),
        ["containers", "json"] => (Verb::Containers, None),
        ["images", "json"] => (Verb::Images, None),
        ["containers", id, "json"] => (Verb::Container, Some((*id).to_owned())),
        ["containers", id, "exists"] if own => (Verb::Container, Some((*id).to_owned())),
        ["containers", id, "logs"] => (Verb::Logs, Some((*id).to_owned())),
        ["containers", id, "stats"] => (Verb::Stats, Some((*id).to_owned())),
        ["containers", id, "top"] => (Verb::Top, Some((*id).to_owned())),
        ["images", name @ .., "exists"] if own && !name.is_empty() => (Verb::Image, Some(name.join("/"))),
        ["images", name @ .., "json"] if !name.is_empty() => (Verb::Image, Some(name.join("/"))),
        _ => return None,
    })
}

/// A container's name or number, or an image's name.
fn is_name(name: &str) -> bool {
    name.len() <= 512 && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
}

/// The query, if there is nothing in it but what the question has.
fn parameters(verb: Verb, query: Option<&str>) -> Option<String> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Some(String::new()) };
    let is_known = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/@-,+%~".contains(&byte));
        verb.parameters().contains(&name) && is_plain
    };
    let is_short = query.len() <= 8192;
    (is_short && query.split('&').all(is_known)).then(|| format!("?{query}"))
}

/// What a request is called that is no question: its method, and the words of its path that are not names of things.
fn called(method: &str, names: &[&str]) -> String {
    const WORDS: &[&str] = &[
        "containers",
        "images",
        "networks",
        "volumes",
        "exec",
        "build",
        "swarm",
        "nodes",
        "services",
        "tasks",
        "secrets",
        "configs",
        "plugins",
        "auth",
        "commit",
        "session",
        "system",
        "distribution",
        "create",
        "start",
        "stop",
        "kill",
        "restart",
        "attach",
        "archive",
        "export",
        "get",
        "load",
        "push",
        "prune",
        "update",
        "rename",
        "pause",
        "unpause",
        "wait",
        "resize",
        "changes",
        "history",
        "json",
        "pods",
        "play",
        "kube",
        "manifests",
        "df",
        "grpc",
        "ws",
    ];
    let words = names.iter().map(|name| if WORDS.contains(name) { *name } else { "…" });
    std::iter::once(method).chain(words.take(6)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::http::head::{Read, request};
    use proptest::prelude::*;

    fn of(line: &str, kind: Kind) -> Result<Ask, Unasked> {
        let text = format!("{line} HTTP/1.1\r\nHost: docker\r\n\r\n");
        match request(text.as_bytes()) {
            Ok(Read::Whole(head, _)) => parse(&head, kind),
            _ => Err(Unasked::Unreadable("no head")),
        }
    }

    #[test]
    fn questions_are_passed_on_as_they_were_understood() {
        for (line, word, object, target) in [
            ("HEAD /_ping", "ping", None, "/_ping"),
            (
                "GET /v1.47/containers/json?all=1&filters=%7B%22a%22%3A1%7D",
                "containers",
                None,
                "/v1.47/containers/json?all=1&filters=%7B%22a%22%3A1%7D",
            ),
            (
                "GET /containers/web-1/logs?follow=1&stdout=1&tail=all",
                "logs",
                Some("web-1"),
                "/containers/web-1/logs?follow=1&stdout=1&tail=all",
            ),
            (
                "GET /images/registry.example:5000/a/b:1/json",
                "image",
                Some("registry.example:5000/a/b:1"),
                "/images/registry.example:5000/a/b:1/json",
            ),
            ("GET /images/a%2Fb/json", "image", Some("a/b"), "/images/a/b/json"),
            ("GET /version?", "version", None, "/version"),
        ] {
            let ask = of(line, Kind::Docker).unwrap();
            assert_eq!((ask.verb.word(), ask.object.as_deref(), &*ask.target), (word, object, target), "{line}");
        }
        let own = of("GET /v5.0.0/libpod/images/docker.io%2Fa%2Fb/json", Kind::Podman).unwrap();
        assert_eq!(own.target, "/v5.0.0/libpod/images/docker.io%2Fa%2Fb/json");
    }

    #[test]
    fn what_changes_something_or_reads_what_is_in_a_container_is_no_question() {
        for line in [
            "POST /containers/create",
            "POST /containers/a/start",
            "POST /containers/a/exec",
            "POST /exec/a/start",
            "DELETE /containers/a",
            "PUT /containers/a/archive",
            "GET /containers/a/archive?path=/",
            "POST /build",
            "GET /containers/a/export",
            "GET /images/a/get",
            "GET /images/get",
            "POST /images/create",
            "POST /session",
            "POST /grpc",
            "GET /containers/a/attach/ws",
            "GET /secrets",
            "GET /configs",
            "GET /swarm/unlockkey",
            "GET /plugins",
            "POST /auth",
            "GET /distribution/a/json",
            "GET /containers/a/changes",
            "GET /volumes",
            "GET /networks/json",
            "OPTIONS /_ping",
            "get /_ping",
            "CONNECT /_ping",
            "GET /libpod/containers/json",
            "GET /containers/json/..%2f",
            "GET /containers/a/logs?details=1",
            "GET /containers/a/top?ps_args=axe",
            "GET /version?a=b",
            "GET /containers/a/json/x",
            "GET /containers//json/json",
            "GET /images/json/json/get",
        ] {
            let found = of(line, Kind::Docker);
            assert!(found.is_err(), "{line}: {found:?}");
        }
    }

    #[test]
    fn a_path_that_two_programs_read_differently_is_refused() {
        for path in [
            "/containers/../exec/json",
            "/containers/a/../../exec",
            "//containers/json",
            "/containers/./json",
            "/./version",
            "/containers/%2e%2e/json",
            "/containers/a%00/json",
            "/containers/a%0d%0a/json",
            "/containers/a%252fb/json",
            "/containers/a;b/json",
            "/containers/a#b/json",
            "/containers/a\\b/json",
            "/version/",
            "http://docker/version",
            "version",
            "*",
            "/containers/-a/json",
            "/containers/.a/json",
            "/containers/a%20b/json",
            "/v1.47//version",
        ] {
            let found = of(&format!("GET {path}"), Kind::Docker);
            assert!(found.is_err(), "{path}: {found:?}");
        }
    }

    #[test]
    fn what_is_no_question_has_a_name_that_nobody_inside_chooses() {
        let Err(Unasked::NotRead(called)) = of("DELETE /containers/evil-name/start", Kind::Docker) else { panic!() };
        assert_eq!(called, "DELETE containers … start");
    }

    proptest! {
        #[test]
        fn what_is_passed_on_is_understood_the_same_way_again(path in "(/[a-z%2F.:@-]{0,8}){1,5}(\\?[a-z=&%]{0,12})?") {
            for kind in [Kind::Docker, Kind::Podman] {
                if let Ok(ask) = of(&format!("GET {path}"), kind) {
                    let again = of(&format!("GET {}", ask.target), kind).unwrap();
                    prop_assert_eq!(again, ask);
                }
            }
        }
    }
}
