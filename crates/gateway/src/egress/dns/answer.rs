//! What a question is answered with.

use super::message::{Answer, Code, Query, kind, reverse};
use super::names::{Names, is_stand_in};
use portcullis_event::Host;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Instant;

/// An answer, and what there is to tell about the question.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: Code,
    pub(super) answers: Vec<Answer>,
    pub(super) remark: Remark,
}

/// What there is to tell about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remark {
    Nothing,
    /// It asks for what carries data rather than for an address.
    Unusual,
    /// There are no stand-ins left.
    Crowded,
}

impl Reply {
    fn of(code: Code, answers: Vec<Answer>) -> Self {
        Self { code, answers, remark: Remark::Nothing }
    }
}

/// Names of which there are none here: they must not be looked up in DNS, and the last asks browsers to leave DNS to us.
const NOWHERE: [&str; 3] = ["onion", "invalid", "use-application-dns.net"];

pub(super) fn answer(query: &Query, names: &Names, local: &[Host], now: Instant) -> Reply {
    let nothing = |code| Reply::of(code, Vec::new());
    if query.operation != 0 {
        return nothing(Code::NotDone);
    }
    if query.class != 1 {
        return nothing(Code::Refused);
    }
    let Some(name) = query.name.as_ref().filter(|name| name.address().is_none()) else { return nothing(Code::NoName) };
    if name.is_loopback() || local.contains(name) {
        return Reply::of(Code::Fine, own(query.kind));
    }
    if NOWHERE.iter().any(|top| Host::parse(top).is_ok_and(|top| name.is_within(&top))) {
        return nothing(Code::NoName);
    }
    match query.kind {
        kind::A => match names.stand_in(name, now) {
            Some(address) => Reply::of(Code::Fine, vec![Answer::V4(address)]),
            None => Reply { remark: Remark::Crowded, ..nothing(Code::Failed) },
        },
        kind::PTR => of_address(name, names, now),
        // The last two would bring keys for encrypted hellos, behind which nobody could see the name.
        kind::AAAA | kind::SOA | kind::HTTPS | kind::SVCB => nothing(Code::Fine),
        _ => Reply { remark: Remark::Unusual, ..nothing(Code::Fine) },
    }
}

/// The addresses of the sandbox itself.
fn own(kind: u16) -> Vec<Answer> {
    match kind {
        kind::A => vec![Answer::V4(Ipv4Addr::LOCALHOST)],
        kind::AAAA => vec![Answer::V6(Ipv6Addr::LOCALHOST)],
        _ => Vec::new(),
    }
}

fn of_address(name: &Host, names: &Names, now: Instant) -> Reply {
    let host = match reverse(name) {
        Some(address) if address.is_loopback() => Host::parse("localhost").ok(),
        Some(address) if is_stand_in(address) => names.name_of(address, now),
        Some(_) | None => None,
    };
    match host {
        Some(host) => Reply::of(Code::Fine, vec![Answer::Name(host)]),
        None => Reply::of(Code::NoName, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(names: &Names, name: &str, kind: u16) -> Reply {
        let query = Query {
            id: 1,
            operation: 0,
            recursion: true,
            question: Vec::new(),
            name: Host::parse(name).ok(),
            kind,
            class: 1,
            extended: false,
        };
        answer(&query, names, &[Host::parse("box").unwrap()], Instant::now())
    }

    #[test]
    fn a_name_gets_a_stand_in_and_the_stand_in_has_that_name() {
        let names = Names::default();
        let reply = ask(&names, "api.example.com", kind::A);
        assert_eq!(reply.answers, [Answer::V4(Ipv4Addr::new(198, 18, 1, 0))]);
        let back = ask(&names, "0.1.18.198.in-addr.arpa", kind::PTR);
        assert_eq!(back.answers, [Answer::Name(Host::parse("api.example.com").unwrap())]);
        assert_eq!(ask(&names, "1.1.18.198.in-addr.arpa", kind::PTR).code, Code::NoName);
        assert_eq!(ask(&names, "8.8.8.8.in-addr.arpa", kind::PTR).code, Code::NoName);
    }

    #[test]
    fn the_sandbox_itself_is_known_by_its_names() {
        let names = Names::default();
        for name in ["localhost", "app.localhost", "box"] {
            assert_eq!(ask(&names, name, kind::A).answers, [Answer::V4(Ipv4Addr::LOCALHOST)], "{name}");
            assert_eq!(ask(&names, name, kind::AAAA).answers, [Answer::V6(Ipv6Addr::LOCALHOST)], "{name}");
            assert_eq!(ask(&names, name, 16), Reply::of(Code::Fine, Vec::new()), "{name}");
        }
        assert_eq!(ask(&names, "1.0.0.127.in-addr.arpa", kind::PTR).answers.len(), 1);
    }

    #[test]
    fn what_is_not_an_address_is_empty_and_told_if_it_could_carry_data() {
        let names = Names::default();
        for (kind, remark) in [
            (kind::AAAA, Remark::Nothing),
            (kind::HTTPS, Remark::Nothing),
            (15, Remark::Unusual),
            (16, Remark::Unusual),
            (33, Remark::Unusual),
            (255, Remark::Unusual),
            (10, Remark::Unusual),
        ] {
            let reply = ask(&names, "data.evil.example", kind);
            assert_eq!(reply, Reply { code: Code::Fine, answers: Vec::new(), remark }, "{kind}");
        }
    }

    #[test]
    fn some_names_are_nowhere() {
        let names = Names::default();
        for name in ["abc.onion", "a.invalid", "use-application-dns.net", "10.0.0.1", "::1"] {
            assert_eq!(ask(&names, name, kind::A).code, Code::NoName, "{name}");
        }
    }
}
