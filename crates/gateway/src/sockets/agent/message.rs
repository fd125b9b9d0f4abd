//! Messages between a program and an SSH agent: a length, a number that says what it is, and fields.

use super::fields::{Fields, put};
use crate::sockets::wire::Wire;
use std::io;
use std::time::{Duration, Instant};

/// Longest message, as OpenSSH's own agent has it.
const LONGEST: usize = 256 << 10;

pub(super) const FAILURE: u8 = 5;
pub(super) const SUCCESS: u8 = 6;
pub(super) const LIST: u8 = 11;
pub(super) const IDENTITIES: u8 = 12;
pub(super) const SIGN: u8 = 13;
pub(super) const SIGNATURE: u8 = 14;
pub(super) const EXTENSION: u8 = 27;

/// The extension that tells which server a connection leads to.
pub(super) const BIND: &str = "session-bind@openssh.com";

/// What a program asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// For all keys.
    List,
    /// For a signature.
    Sign {
        /// The public key.
        key: &'a [u8],
        /// What is to be signed.
        data: &'a [u8],
        /// Which hash is meant.
        flags: u32,
    },
    /// That it be known which server this connection leads to.
    Bind(Binding<'a>),
    /// Anything else, in a word.
    Other(&'static str),
}

/// Which server a connection leads to, as its program says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Binding<'a> {
    pub(super) host_key: &'a [u8],
    pub(super) session: &'a [u8],
    pub(super) signature: &'a [u8],
    /// Whether the agent is lent to that server.
    pub(super) forwarding: bool,
}

/// Reads the next message; nothing if there is none. It has to begin at some time, and then to come within another.
pub(super) fn receive(wire: &mut Wire, begins: Instant, takes: Duration) -> io::Result<Option<Vec<u8>>> {
    let Some(length) = wire.take(4, begins)? else { return Ok(None) };
    let rest = Instant::now() + takes;
    let length = Fields::new(&length).number().and_then(|length| usize::try_from(length).ok());
    match length.filter(|length| (1..=LONGEST).contains(length)) {
        Some(length) => wire.take(length, rest).and_then(|it| it.map(Some).ok_or(io::ErrorKind::UnexpectedEof.into())),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Sends a message.
pub(super) fn send(wire: &Wire, message: &[u8], deadline: Instant) -> io::Result<()> {
    let mut out = Vec::with_capacity(message.len() + 4);
    put(&mut out, message);
    wire.send(&out, deadline)
}

/// What a message asks; nothing if it can't be read to its end.
pub(super) fn parse(message: &[u8]) -> Option<Request<'_>> {
    let mut fields = Fields::new(message);
    let request = match fields.byte()? {
        LIST => Request::List,
        SIGN => Request::Sign { key: fields.bytes()?, data: fields.bytes()?, flags: fields.number()? },
        EXTENSION if fields.bytes()? == BIND.as_bytes() => Request::Bind(Binding {
            host_key: fields.bytes()?,
            session: fields.bytes()?,
            signature: fields.bytes()?,
            forwarding: fields.truth()?,
        }),
        // Nothing of these is passed on, so it does not matter what is in them.
        other => return Some(Request::Other(word(other))),
    };
    fields.end()?;
    Some(request)
}

fn word(number: u8) -> &'static str {
    match number {
        17 | 25 => "add-key",
        18 => "remove-key",
        19 => "remove-all-keys",
        20 | 26 => "add-smartcard",
        21 => "remove-smartcard",
        22 => "lock",
        23 => "unlock",
        EXTENSION => "extension",
        _ => "unknown",
    }
}

/// A request as it is passed on.
pub(super) fn sign(key: &[u8], data: &[u8], flags: u32) -> Vec<u8> {
    let mut out = vec![SIGN];
    put(&mut out, key);
    put(&mut out, data);
    out.extend_from_slice(&flags.to_be_bytes());
    out
}

/// The same for which server a connection leads to.
pub(super) fn bind(binding: &Binding<'_>) -> Vec<u8> {
    let mut out = vec![EXTENSION];
    for field in [BIND.as_bytes(), binding.host_key, binding.session, binding.signature] {
        put(&mut out, field);
    }
    out.push(u8::from(binding.forwarding));
    out
}

/// A signature in an answer; nothing if it is anything else.
pub(super) fn signature(answer: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::new(answer);
    if fields.byte()? != SIGNATURE {
        return None;
    }
    let signature = fields.bytes()?;
    fields.end()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_asked_is_read_to_its_end() {
        assert_eq!(parse(&[LIST]), Some(Request::List));
        assert_eq!(parse(&[LIST, 0]), None);
        assert_eq!(parse(&[]), None);
        let asked = sign(b"key", b"data", 0);
        assert_eq!(parse(&asked), Some(Request::Sign { key: b"key", data: b"data", flags: 0 }));
        assert_eq!(parse(&[asked, vec![0]].concat()), None);
        let binding = Binding { host_key: b"a", session: b"b", signature: b"c", forwarding: true };
        assert_eq!(parse(&bind(&binding)), Some(Request::Bind(binding)));
        let mut odd = bind(&binding);
        *odd.last_mut().unwrap() = 2;
        assert_eq!(parse(&odd), None, "a truth that others would read differently");
    }

    #[test]
    fn everything_else_is_one_word_and_nothing_of_it_is_passed_on() {
        for (number, word) in [(17, "add-key"), (19, "remove-all-keys"), (22, "lock"), (1, "unknown"), (255, "unknown")]
        {
            assert_eq!(parse(&[number, 1, 2, 3]), Some(Request::Other(word)));
        }
        let mut query = vec![EXTENSION];
        put(&mut query, b"query");
        assert_eq!(parse(&query), Some(Request::Other("extension")));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(parse(&bytes).is_some() || bytes.first().is_none_or(|first| [LIST, SIGN, EXTENSION].contains(first)));
            prop_assert!(signature(&bytes).is_none_or(|it| it.len() < bytes.len()));
            prop_assert!(super::super::keys::listed(&bytes).is_none_or(|keys| keys.len() * 8 < bytes.len()));
        }
    }
}
