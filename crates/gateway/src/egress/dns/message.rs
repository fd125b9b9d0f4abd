//! Messages of DNS (RFC 1035), as far as a server needs them that has the answers itself.

use portcullis_event::Host;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A question as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Query {
    /// Chosen by who asks, and given back.
    pub id: u16,
    /// What is to be done; 0 is a question.
    pub operation: u8,
    /// Whether "recursion" is wished for, which is given back.
    pub recursion: bool,
    /// The question, byte for byte, since it is given back so: resolvers hide marks in the case of letters.
    pub question: Vec<u8>,
    /// The name, if it is one that a host can have.
    pub name: Option<Host>,
    /// What is asked of it.
    pub kind: u16,
    /// 1 is the internet.
    pub class: u16,
    /// Whether who asks speaks EDNS.
    pub extended: bool,
}

/// What is asked of a name.
pub mod kind {
    /// An IPv4 address.
    pub const A: u16 = 1;
    /// The start of a zone.
    pub const SOA: u16 = 6;
    /// The name of an address.
    pub const PTR: u16 = 12;
    /// An IPv6 address.
    pub const AAAA: u16 = 28;
    /// Options of EDNS; never asked for.
    pub const OPT: u16 = 41;
    /// How to reach a service.
    pub const SVCB: u16 = 64;
    /// How to reach a web server, keys for encrypted hellos included.
    pub const HTTPS: u16 = 65;
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Here is what there is, which may be nothing.
    Fine = 0,
    /// The question can't be read.
    Malformed = 1,
    /// Not now.
    Failed = 2,
    /// There is no such name.
    NoName = 3,
    /// That is not done here.
    NotDone = 4,
    /// That is not told.
    Refused = 5,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
    /// The name of an address.
    Name(Host),
}

/// Why a message gets no answer, or only a short one.
#[derive(Debug, PartialEq, Eq)]
pub enum Bad {
    /// It is no question: no answer.
    Silence,
    /// It has this id, and can't be read.
    Malformed(u16),
}

/// How long an answer may be kept, in seconds.
const LIFE: u32 = 60;

/// Reads a question.
pub fn read(bytes: &[u8]) -> Result<Query, Bad> {
    let header = bytes.first_chunk::<12>().ok_or(Bad::Silence)?;
    let word = |at: usize| {
        u16::from_be_bytes([header.get(at).copied().unwrap_or(0), header.get(at + 1).copied().unwrap_or(0)])
    };
    let (id, flags) = (word(0), word(2));
    // An answer to an answer would be answered by a server just as naive, for ever.
    if flags & 0x8000 != 0 {
        return Err(Bad::Silence);
    }
    let malformed = || Bad::Malformed(id);
    if (word(4), word(6), word(8)) != (1, 0, 0) || word(10) > 1 {
        return Err(malformed());
    }
    let rest = bytes.get(12..).unwrap_or_default();
    let (name, length) = read_name(rest).ok_or_else(malformed)?;
    let [a, b, c, d] = *rest.get(length..).and_then(<[u8]>::first_chunk::<4>).ok_or_else(malformed)?;
    let end = length + 4;
    // An option record has the root as its name.
    let extended = word(10) == 1 && rest.get(end..end + 3) == Some(&[0, 0, kind::OPT.to_be_bytes()[1]]);
    Ok(Query {
        id,
        operation: u8::try_from(flags >> 11 & 15).unwrap_or(15),
        recursion: flags & 0x100 != 0,
        question: rest.get(..end).unwrap_or_default().to_vec(),
        name,
        kind: u16::from_be_bytes([a, b]),
        class: u16::from_be_bytes([c, d]),
        extended,
    })
}

/// A name and how many bytes it took. A question has nothing in front that its name could point to.
fn read_name(bytes: &[u8]) -> Option<(Option<Host>, usize)> {
    let (mut text, mut at, mut is_host) = (String::new(), 0, true);
    loop {
        let length = usize::from(*bytes.get(at)?);
        if length > 63 || at > 254 {
            return None;
        }
        let label = bytes.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        // A dot inside of a label would make two of it.
        is_host &= label.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'.');
        if !text.is_empty() {
            text.push('.');
        }
        text.extend(label.iter().map(|byte| char::from(*byte)));
    }
    Some((is_host.then(|| Host::parse(&text).ok()).flatten(), at))
}

/// The answer to a question.
pub fn write(query: &Query, code: Code, answers: &[Answer]) -> Vec<u8> {
    let flags = 0x8080 | u16::from(query.operation & 15) << 11 | u16::from(query.recursion) << 8 | code as u16;
    let count = u16::try_from(answers.len()).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(64 + query.question.len());
    for word in [query.id, flags, 1, count, 0, u16::from(query.extended)] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes.extend_from_slice(&query.question);
    answers.iter().take(usize::from(count)).for_each(|answer| write_answer(&mut bytes, answer));
    if query.extended {
        // The root, OPT, the longest datagram that is read here, no flags, no options.
        bytes.extend_from_slice(&[0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
    }
    bytes
}

fn write_answer(bytes: &mut Vec<u8>, answer: &Answer) {
    let (kind, data) = match answer {
        Answer::V4(address) => (kind::A, address.octets().to_vec()),
        Answer::V6(address) => (kind::AAAA, address.octets().to_vec()),
        Answer::Name(host) => (kind::PTR, name_bytes(host)),
    };
    // The name is that of the question, which is always at the same place.
    bytes.extend_from_slice(&[0xc0, 12]);
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&[0, 1]);
    bytes.extend_from_slice(&LIFE.to_be_bytes());
    bytes.extend_from_slice(&u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
    bytes.extend_from_slice(&data);
}

fn name_bytes(host: &Host) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in host.as_str().split('.') {
        // A host's labels have 1 to 63 bytes.
        bytes.push(u8::try_from(label.len()).unwrap_or(0));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// The answer to what can't be read.
pub fn write_malformed(id: u16) -> Vec<u8> {
    let [high, low] = id.to_be_bytes();
    vec![high, low, 0x80, 0x80 | Code::Malformed as u8, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The IPv4 address whose name is asked for, such as `4.3.2.1.in-addr.arpa`.
pub fn reverse(name: &Host) -> Option<Ipv4Addr> {
    let parts = name.as_str().strip_suffix(".in-addr.arpa")?;
    let mut octets = [0; 4];
    let mut labels = parts.split('.').rev();
    for octet in &mut octets {
        *octet = labels.next()?.parse().ok()?;
    }
    labels.next().is_none().then(|| octets.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn question(labels: &[&[u8]], kind: u16) -> Vec<u8> {
        let mut bytes = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in labels {
            bytes.push(u8::try_from(label.len()).unwrap());
            bytes.extend_from_slice(label);
        }
        bytes.push(0);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 1]);
        bytes
    }

    #[test]
    fn a_question_is_read_and_given_back_byte_for_byte() {
        let bytes = question(&[b"WwW", b"eXample", b"com"], kind::A);
        let query = read(&bytes).unwrap();
        assert_eq!(query.name, Host::parse("www.example.com").ok());
        assert_eq!((query.id, query.kind, query.class, query.extended, query.operation), (0xabcd, 1, 1, false, 0));
        let answer = write(&query, Code::Fine, &[Answer::V4(Ipv4Addr::new(198, 18, 1, 2))]);
        assert_eq!(&answer[..12], &[0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
        assert_eq!(&answer[12..bytes.len()], &bytes[12..]);
        assert_eq!(&answer[bytes.len()..], &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 18, 1, 2]);
    }

    #[test]
    fn labels_that_no_host_has_make_no_host() {
        for labels in [
            &[b"evil.example".as_slice(), b"good", b"example"],
            &[b"evil\0".as_slice(), b"good", b"example"],
            &[b"ev il".as_slice(), b"good", b"example"],
            &[b"127".as_slice(), b"0", b"1"],
            &[b"\xc3\xa9".as_slice(), b"good", b"example"],
        ] {
            assert_eq!(read(&question(labels, kind::A)).unwrap().name, None);
        }
    }

    #[test]
    fn what_is_no_single_question_gets_no_more_than_an_error() {
        let good = question(&[b"a", b"example"], kind::A);
        for end in 0..12 {
            assert_eq!(read(&good[..end]), Err(Bad::Silence));
        }
        for end in 12..good.len() {
            assert_eq!(read(&good[..end]), Err(Bad::Malformed(0xabcd)));
        }
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            read(&bytes)
        };
        assert_eq!(with(2, 0x81), Err(Bad::Silence), "an answer");
        assert_eq!(with(5, 2), Err(Bad::Malformed(0xabcd)), "two questions");
        assert_eq!(with(7, 1), Err(Bad::Malformed(0xabcd)), "a question with an answer");
        assert_eq!(with(12, 0xc0), Err(Bad::Malformed(0xabcd)), "a name that points elsewhere");
    }

    #[test]
    fn who_speaks_edns_is_answered_so() {
        let mut bytes = question(&[b"a", b"example"], kind::AAAA);
        bytes[11] = 1;
        bytes.extend_from_slice(&[0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]);
        let query = read(&bytes).unwrap();
        assert!(query.extended);
        assert_eq!(write(&query, Code::Fine, &[]).len(), 12 + query.question.len() + 11);
    }

    #[test]
    fn the_address_in_a_reverse_name_is_read() {
        let of = |text: &str| reverse(&Host::parse(text).unwrap());
        assert_eq!(of("4.3.18.198.in-addr.arpa"), Some(Ipv4Addr::new(198, 18, 3, 4)));
        assert_eq!(of("3.18.198.in-addr.arpa"), None);
        assert_eq!(of("5.4.3.18.198.in-addr.arpa"), None);
        assert_eq!(of("256.3.18.198.in-addr.arpa"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(header in proptest::bool::ANY, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let bytes = if header { [&[1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], bytes.as_slice()].concat() } else { bytes };
            if let Ok(query) = read(&bytes) {
                let answer = write(&query, Code::Fine, &[Answer::V6(Ipv6Addr::LOCALHOST)]);
                prop_assert!(answer.len() <= query.question.len() + 60);
            }
        }
    }
}
