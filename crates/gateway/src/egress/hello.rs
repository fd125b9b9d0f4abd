//! The first message of TLS, as far as it tells with whom a client wants to speak.
//!
//! It is read as strictly as a server would have to, and a hello that can't be read is refused: a server that reads it
//! otherwise would be spoken to under a name that nobody asked about.

use super::authority;
use portcullis_event::Host;

/// What a hello says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The name of the server, if the client says one.
    pub server_name: Option<Host>,
    /// Whether there is a second, encrypted hello in it, or random bytes that look like one: browsers send them always.
    pub encrypted: bool,
}

/// What became of reading a hello.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// There is more to come.
    Partial,
    /// It is no TLS.
    Other,
    /// The hello.
    Whole(Hello),
}

/// Longest hello, with keys that withstand quantum computers and a ticket to resume with.
const LONGEST: usize = 32 << 10;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
const ENCRYPTED_HELLO: u16 = 0xfe0d;

/// Reads the hello at the front of `bytes`, which may be spread over several records.
pub fn read(bytes: &[u8]) -> Result<Read, &'static str> {
    match bytes {
        [] | [20..=24] => return Ok(Read::Partial),
        [HANDSHAKE, 3, ..] => {}
        // Some servers read over an alert or the like in front of a hello.
        [20..=24, 3, ..] => return Err("its TLS does not begin with a hello"),
        _ => return Ok(Read::Other),
    }
    let Some(message) = unwrap(bytes)? else { return Ok(Read::Partial) };
    let mut message = Bytes(&message);
    if message.byte() != Some(CLIENT_HELLO) {
        return Err("its TLS does not begin with a hello");
    }
    let malformed = "its TLS hello can't be read";
    let body = message.sized(3).ok_or(malformed)?;
    hello(body).ok_or(malformed)?.map(Read::Whole)
}

/// The first handshake message, out of its records; `None` if there is more to come.
fn unwrap(mut bytes: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let mut message = Vec::new();
    loop {
        let length = match message.as_slice() {
            [_, a, b, c, ..] => Some(4 + (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c))),
            _ => None,
        };
        if length.is_some_and(|length| length > LONGEST) || message.len() > LONGEST {
            return Err("its TLS hello is too long");
        }
        if let Some(length) = length.filter(|length| message.len() >= *length) {
            message.truncate(length);
            return Ok(Some(message));
        }
        let (kind, version, high, low, rest) = match bytes {
            [kind, version, _, high, low, rest @ ..] => (*kind, *version, *high, *low, rest),
            [HANDSHAKE, 3, ..] | [HANDSHAKE] | [] => return Ok(None),
            _ => return Err("its TLS hello is interrupted"),
        };
        let length = usize::from(high) << 8 | usize::from(low);
        if kind != HANDSHAKE || version != 3 || length == 0 || length > 1 << 14 {
            return Err("its TLS hello is interrupted");
        }
        message.extend_from_slice(rest.get(..length.min(rest.len())).unwrap_or_default());
        if rest.len() < length {
            // Of the last record only a part is there; the message may be whole all the same.
            bytes = &[];
            if !is_whole(&message) {
                return Ok(None);
            }
        } else {
            bytes = rest.get(length..).unwrap_or_default();
        }
    }
}

fn is_whole(message: &[u8]) -> bool {
    matches!(message, [_, a, b, c, rest @ ..]
        if rest.len() >= (usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c)))
}

/// What the body says; `None` if it can't be read.
fn hello(body: &[u8]) -> Option<Result<Hello, &'static str>> {
    let mut body = Bytes(body);
    // Version and random bytes; the session; the ciphers; the compressions.
    body.take(34)?;
    body.sized(1)?;
    body.sized(2)?;
    body.sized(1)?;
    let mut hello = Hello { server_name: None, encrypted: false };
    if body.0.is_empty() {
        return Some(Ok(hello));
    }
    let mut extensions = Bytes(body.sized(2)?);
    let mut seen_name = false;
    while !extensions.0.is_empty() {
        let (kind, data) = (extensions.word()?, extensions.sized(2)?);
        match kind {
            SERVER_NAME if seen_name => return Some(Err("its TLS hello names two servers")),
            SERVER_NAME => {
                seen_name = true;
                match server_name(data)? {
                    Ok(name) => hello.server_name = Some(name),
                    Err(why) => return Some(Err(why)),
                }
            }
            ENCRYPTED_HELLO => hello.encrypted = true,
            _ => {}
        }
    }
    body.0.is_empty().then_some(Ok(hello))
}

/// The one name in the extension; `None` if it can't be read.
fn server_name(data: &[u8]) -> Option<Result<Host, &'static str>> {
    let mut data = Bytes(data);
    let mut list = Bytes(data.sized(2)?);
    let (kind, name) = (list.byte()?, list.sized(2)?);
    if kind != 0 || !list.0.is_empty() || !data.0.is_empty() {
        return Some(Err("its TLS hello names two servers"));
    }
    Some(authority::host_of_bytes(name))
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn word(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    /// What comes behind its own length, which has so many bytes.
    fn sized(&mut self, count: usize) -> Option<&'a [u8]> {
        let length = self.take(count)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sized(count: usize, bytes: &[u8]) -> Vec<u8> {
        [&bytes.len().to_be_bytes()[8 - count..], bytes].concat()
    }

    fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
        [kind.to_be_bytes().as_slice(), &sized(2, data)].concat()
    }

    fn name(name: &[u8]) -> Vec<u8> {
        extension(SERVER_NAME, &sized(2, &[&[0], sized(2, name).as_slice()].concat()))
    }

    fn message(extensions: &[u8]) -> Vec<u8> {
        let body = [
            &[3, 3],
            [7; 32].as_slice(),
            &sized(1, &[1; 32]),
            &sized(2, &[0x13, 1]),
            &sized(1, &[0]),
            &sized(2, extensions),
        ];
        [&[CLIENT_HELLO], sized(3, &body.concat()).as_slice()].concat()
    }

    fn records(message: &[u8], size: usize) -> Vec<u8> {
        message.chunks(size).flat_map(|part| [&[HANDSHAKE, 3, 1], sized(2, part).as_slice()].concat()).collect()
    }

    fn whole(server_name: Option<&str>, encrypted: bool) -> Read {
        let server_name = server_name.map(|name| Host::parse(name).unwrap());
        Read::Whole(Hello { server_name, encrypted })
    }

    #[test]
    fn the_name_is_read_however_the_hello_is_cut_into_records() {
        let message = message(&[extension(43, &[2, 3, 4]), name(b"Api.Example.com"), extension(16, &[0, 0])].concat());
        for size in [1, 2, 3, 5, 7, 40, 1000] {
            let bytes = records(&message, size);
            assert_eq!(read(&bytes), Ok(whole(Some("api.example.com"), false)), "{size}");
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes[..end]), Ok(Read::Partial), "{end} of {size}");
            }
            assert_eq!(read(&[bytes.as_slice(), &[20, 3, 3]].concat()), Ok(whole(Some("api.example.com"), false)));
        }
    }

    #[test]
    fn a_hello_may_name_nobody_and_may_have_another_one_in_it() {
        assert_eq!(read(&records(&message(&[]), 1000)), Ok(whole(None, false)));
        let both = [name(b"public.example"), extension(ENCRYPTED_HELLO, &[0; 40])].concat();
        assert_eq!(read(&records(&message(&both), 1000)), Ok(whole(Some("public.example"), true)));
    }

    #[test]
    fn what_servers_would_read_differently_is_refused() {
        let two_entries = extension(
            SERVER_NAME,
            &sized(2, &[&[0], sized(2, b"a.example").as_slice(), &[0], &sized(2, b"b.example")].concat()),
        );
        let other_kind = extension(SERVER_NAME, &sized(2, &[&[1], sized(2, b"a.example").as_slice()].concat()));
        for extensions in [
            [name(b"a.example"), name(b"b.example")].concat(),
            two_entries,
            other_kind,
            name(b"evil.example\0.good.example"),
            name(b"evil.example:443"),
            name(b""),
            name(b"\xff.example"),
            extension(SERVER_NAME, &[]),
            extension(SERVER_NAME, &[0, 0]),
            vec![0, 0, 0, 200],
        ] {
            assert!(read(&records(&message(&extensions), 1000)).is_err(), "{extensions:?}");
        }
    }

    #[test]
    fn records_that_are_no_hello_are_refused_and_what_is_no_tls_is_told_apart() {
        let good = records(&message(&name(b"a.example")), 30);
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            read(&bytes)
        };
        assert!(with(5, 2).is_err(), "a server's hello");
        assert!(with(35, 23).is_err(), "data in between");
        assert!(with(6, 1).is_err(), "longer than any");
        assert!(read(&[HANDSHAKE, 3, 1, 0, 0, HANDSHAKE, 3, 1, 0, 0]).is_err(), "an empty record");
        for kind in [20, 21, 23, 24] {
            let in_front = [&[kind, 3, 1, 0, 2, 1, 0], good.as_slice()].concat();
            assert!(read(&in_front).is_err(), "{kind} in front of a hello");
        }
        assert_eq!(read(b"SSH-2.0-x\r\n"), Ok(Read::Other));
        assert_eq!(read(&[HANDSHAKE, 9]), Ok(Read::Other));
        assert_eq!(read(&[]), Ok(Read::Partial));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..500), size in 1..600_usize) {
            drop(read(&bytes));
            drop(read(&records(&message(&bytes), size)));
            drop(read(&records(&bytes, size)));
        }
    }
}
