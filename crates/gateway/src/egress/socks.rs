//! SOCKS 5 (RFC 1928): a tunnel to a name or an address. Nothing else of it is served, and nobody has to log in: who can
//! reach the door is inside of the sandbox already.

use super::authority;
use super::broker::Broker;
use super::refusal::Refusal;
use super::road::{Attempt, Door, Notice, Way};
use super::tunnel;
use super::wire::Wire;
use portcullis_event::Host;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

/// What became of reading a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// There is more to come.
    Partial,
    /// The message, and how many bytes it took.
    Whole(T, usize),
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// A tunnel.
    Connect(Host, u16),
    /// A tunnel to something that is no valid host.
    BadHost(&'static str),
    /// Something that is not served: to be connected to, or datagrams.
    OtherCommand,
    /// A kind of address that there is not.
    OtherAddress,
}

/// Reads the ways to log in that a client offers. `true` if "none" is among them.
pub fn greeting(bytes: &[u8]) -> Result<Read<bool>, &'static str> {
    match bytes {
        [] | [5] => Ok(Read::Partial),
        [5, count, rest @ ..] => match rest.get(..usize::from(*count)) {
            Some(methods) => Ok(Read::Whole(methods.contains(&0), 2 + methods.len())),
            None => Ok(Read::Partial),
        },
        _ => Err("it is not SOCKS 5"),
    }
}

/// Reads what a client asks for.
pub fn request(bytes: &[u8]) -> Result<Read<Request>, &'static str> {
    let (command, kind, rest) = match bytes {
        [5, command, 0, kind, rest @ ..] => (*command, *kind, rest),
        [] | [5] | [5, _] | [5, _, 0] => return Ok(Read::Partial),
        _ => return Err("it is not a SOCKS 5 request"),
    };
    let Some((host, used)) = address(kind, rest) else {
        return Ok(if matches!(kind, 1 | 3 | 4) {
            Read::Partial
        } else {
            Read::Whole(Request::OtherAddress, bytes.len())
        });
    };
    let Some([high, low]) = rest.get(used..used + 2) else { return Ok(Read::Partial) };
    let port = u16::from_be_bytes([*high, *low]);
    let request = match (command, host) {
        (1, Ok(_)) if port == 0 => Request::BadHost("there is no port 0"),
        (1, Ok(host)) => Request::Connect(host, port),
        (1, Err(why)) => Request::BadHost(why),
        _ => Request::OtherCommand,
    };
    Ok(Read::Whole(request, 4 + used + 2))
}

/// An address and how many bytes it took, if it is there and of a known kind.
fn address(kind: u8, rest: &[u8]) -> Option<(Result<Host, &'static str>, usize)> {
    match kind {
        1 => rest.first_chunk::<4>().map(|it| (authority::host_of(&Ipv4Addr::from(*it).to_string()), 4)),
        4 => rest.first_chunk::<16>().map(|it| (authority::host_of(&Ipv6Addr::from(*it).to_string()), 16)),
        3 => {
            let (length, name) = rest.split_first()?;
            let name = name.get(..usize::from(*length))?;
            Some((authority::host_of_bytes(name), 1 + name.len()))
        }
        _ => None,
    }
}

/// The reply to a request. The address in it means nothing, and no client looks at it.
fn reply(code: u8) -> [u8; 10] {
    [5, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

/// The code that says why not.
fn code(refusal: &Refusal) -> u8 {
    match refusal {
        Refusal::Policy(_)
        | Refusal::Guarded { .. }
        | Refusal::Rebinding { .. }
        | Refusal::HostLoopback { .. }
        | Refusal::Malformed(_)
        | Refusal::OtherName { .. } => 2,
        Refusal::NoAddress(_) => 4,
        Refusal::Unreachable(..) => 5,
        Refusal::Crowded | Refusal::Unread(..) | Refusal::BadReply(_) => 1,
    }
}

/// Serves a connection on which SOCKS 5 is spoken.
pub(crate) fn serve(broker: &Arc<Broker>, mut wire: Wire) {
    let deadline = broker.opening_deadline();
    let attempt = match wanted(&mut wire, deadline) {
        Ok(Ok(Request::Connect(host, port))) => broker.meant(Attempt::new(host, port, Way::Socks)),
        Ok(Ok(Request::BadHost(why))) => return refuse(broker, wire, why, &reply(2)),
        Ok(Ok(Request::OtherCommand)) => return refuse(broker, wire, "of SOCKS 5 only CONNECT is served", &reply(7)),
        Ok(Ok(Request::OtherAddress)) => return refuse(broker, wire, "its kind of address is unknown", &reply(8)),
        Ok(Err(why)) => return refuse(broker, wire, why, &[5, 0xff]),
        Err(_) => return,
    };
    match broker.permit(&attempt).and_then(|permit| broker.begin(permit)) {
        Ok(begun) => {
            if wire.send(&reply(0), broker.opening_deadline()).is_ok() {
                tunnel::run(broker, &attempt, wire, begun);
            }
        }
        Err(refusal) => wire.bid_farewell(&reply(code(&refusal))),
    }
}

/// Greets, and reads what is asked for.
fn wanted(wire: &mut Wire, deadline: Instant) -> io::Result<Result<Request, &'static str>> {
    let no_login = match read(wire, deadline, greeting)? {
        Ok(no_login) => no_login,
        Err(why) => return Ok(Err(why)),
    };
    if !no_login {
        return Ok(Err("it insists on a login, and there is none here"));
    }
    wire.send(&[5, 0], deadline)?;
    read(wire, deadline, request)
}

fn read<T>(
    wire: &mut Wire,
    deadline: Instant,
    parse: impl Fn(&[u8]) -> Result<Read<T>, &'static str>,
) -> io::Result<Result<T, &'static str>> {
    loop {
        match parse(wire.held()) {
            Ok(Read::Whole(message, length)) => {
                wire.consume(length);
                return Ok(Ok(message));
            }
            Ok(Read::Partial) if wire.fill(deadline)? => {}
            Ok(Read::Partial) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(why) => return Ok(Err(why)),
        }
    }
}

fn refuse(broker: &Broker, wire: Wire, why: &'static str, reply: &[u8]) {
    broker.notices.tell(Notice::Malformed { door: Door::Proxy, why });
    wire.bid_farewell(reply);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_name(name: &[u8], port: u16) -> Vec<u8> {
        [&[5, 1, 0, 3, u8::try_from(name.len()).unwrap()], name, &port.to_be_bytes()].concat()
    }

    fn connect(host: &str, port: u16) -> Request {
        Request::Connect(Host::parse(host).unwrap(), port)
    }

    #[test]
    fn a_request_is_read_and_what_follows_is_left() {
        for (bytes, expected) in [
            (by_name(b"Good.Example.", 443), connect("good.example", 443)),
            (vec![5, 1, 0, 1, 10, 0, 0, 1, 0, 80], connect("10.0.0.1", 80)),
            ([&[5, 1, 0, 4], [0; 15].as_slice(), &[1, 0, 80]].concat(), connect("::1", 80)),
        ] {
            let length = bytes.len();
            for end in 0..length {
                assert_eq!(request(&bytes[..end]), Ok(Read::Partial), "{end} of {bytes:?}");
            }
            let longer = [bytes.as_slice(), b"rest"].concat();
            assert_eq!(request(&longer), Ok(Read::Whole(expected, length)));
        }
    }

    #[test]
    fn a_name_that_two_programs_would_read_differently_is_no_host() {
        for bad in [
            b"evil.example\0.good.example".as_slice(),
            b"good.example:443@evil.example",
            b"user@evil.example",
            b"evil.example%00.good.example",
            b"evil.example\n",
            b" evil.example",
            b"0x7f.1",
            b"0177.0.0.1",
            b"2130706433",
            b"\xff\xfe",
            b"",
            &[b'a'; 255],
        ] {
            assert!(matches!(request(&by_name(bad, 443)), Ok(Read::Whole(Request::BadHost(_), _))), "{bad:?}");
        }
        assert!(matches!(request(&by_name(b"a.example", 0)), Ok(Read::Whole(Request::BadHost(_), _))));
    }

    #[test]
    fn nothing_else_is_served() {
        assert!(matches!(request(&[5, 2, 0, 1, 1, 1, 1, 1, 0, 80]), Ok(Read::Whole(Request::OtherCommand, 10))));
        assert!(matches!(request(&[5, 3, 0, 1, 1, 1, 1, 1, 0, 80]), Ok(Read::Whole(Request::OtherCommand, 10))));
        assert!(matches!(request(&[5, 1, 0, 2, 1]), Ok(Read::Whole(Request::OtherAddress, 5))));
        assert!(request(&[5, 1, 1, 1]).is_err());
        assert!(request(&[4, 1, 0, 80]).is_err());
        assert!(greeting(&[4, 1]).is_err());
        assert_eq!(greeting(&[5, 2, 2, 0]), Ok(Read::Whole(true, 4)));
        assert_eq!(greeting(&[5, 1, 2]), Ok(Read::Whole(false, 3)));
        assert_eq!(greeting(&[5, 0]), Ok(Read::Whole(false, 2)));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for start in [&[][..], &[5, 1, 0]] {
                let bytes = [start, &bytes].concat();
                if let Ok(Read::Whole(_, length)) = greeting(&bytes) {
                    prop_assert!(length <= bytes.len());
                }
                if let Ok(Read::Whole(_, length)) = request(&bytes) {
                    prop_assert!(length <= bytes.len());
                }
            }
        }
    }
}
