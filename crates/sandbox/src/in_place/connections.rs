//! Connections over the network: made for the caller, to a door or to what the run itself serves, and nowhere else.

use super::servers::{Servers, own, port_of};
use super::sockets;
use crate::caller::Caller;
use crate::net::{Doors, WayOut, preamble};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, Result};
use rustix::net::sockopt::{socket_domain, socket_error, socket_protocol, socket_type};
use rustix::net::{AddressFamily, SendFlags, SocketType, connect, connect_unspec, ipproto, listen, send};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// The longest address of any family.
const LONGEST: usize = 128;

/// How long a connection on this machine may take to stand. Nobody else is served meanwhile.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };

/// The port on which names are asked for.
const NAMES: u16 = 53;

/// An address as a caller wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Internet(SocketAddr),
    Local(Vec<u8>),
    /// None that is looked at: it takes back what was said before, or is for the kernel itself.
    None,
}

/// `connect`.
pub(super) fn made(caller: &Caller<'_>, servers: &Servers, out: Option<&WayOut>, writable: &[PathBuf]) -> Result<()> {
    let address = address(caller)?;
    let socket = caller.descriptor(caller.signed(0))?;
    match (family(&socket)?, address) {
        (AddressFamily::UNIX, Address::Local(name)) => sockets::connected(caller, &socket, &name, writable),
        (AddressFamily::INET | AddressFamily::INET6, Address::None) => connect_unspec(&socket),
        (family @ (AddressFamily::INET | AddressFamily::INET6), Address::Internet(wanted)) => {
            to(&socket, family, wanted, servers, out)
        }
        _ => Err(Errno::AFNOSUPPORT),
    }
}

/// `bind`.
pub(super) fn bound(caller: &Caller<'_>, servers: &mut Servers, writable: &[PathBuf]) -> Result<()> {
    let address = address(caller)?;
    let socket = caller.descriptor(caller.signed(0))?;
    match (family(&socket)?, address) {
        (AddressFamily::UNIX, Address::Local(name)) => sockets::bound(caller, &socket, &name, writable),
        (family @ (AddressFamily::INET | AddressFamily::INET6), Address::Internet(wanted)) => {
            servers.bind(socket, family, wanted)
        }
        // To the kernel and its own news of interfaces.
        (AddressFamily::NETLINK, _) => rustix::net::bind(&socket, &rustix::net::netlink::SocketAddrNetlink::new(0, 0)),
        _ => Err(Errno::AFNOSUPPORT),
    }
}

/// `listen`. A socket that nobody bound would be bound to every address of the machine.
pub(super) fn heard(caller: &Caller<'_>, servers: &mut Servers) -> Result<()> {
    let socket = caller.descriptor(caller.signed(0))?;
    let family = family(&socket)?;
    if family != AddressFamily::UNIX && port_of(&socket)? == 0 {
        servers.bind(
            socket.try_clone().map_err(|_| Errno::MFILE)?,
            family,
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        )?;
    }
    listen(&socket, caller.signed(1))
}

/// The family of a socket; one of the network must be of the one sort there is.
fn family(socket: &OwnedFd) -> Result<AddressFamily> {
    let family = socket_domain(socket)?;
    let is_tcp = socket_type(socket)? == SocketType::STREAM && socket_protocol(socket)? == Some(ipproto::TCP);
    match family {
        AddressFamily::INET | AddressFamily::INET6 if !is_tcp => Err(Errno::ACCESS),
        other => Ok(other),
    }
}

fn to(
    socket: &OwnedFd,
    family: AddressFamily,
    wanted: SocketAddr,
    servers: &Servers,
    out: Option<&WayOut>,
) -> Result<()> {
    let wanted = SocketAddr::new(wanted.ip().to_canonical(), wanted.port());
    let stays = wanted.ip().is_loopback() || wanted.ip().is_unspecified();
    let door = |out: &WayOut| match wanted.port() {
        0 => None,
        port if stays && port == Doors::PROXY.port() => Some(out.proxy),
        // Wherever the machine's own name server is: the run has one of its own.
        NAMES => Some(out.names),
        _ if stays => None,
        _ => Some(out.any),
    };
    let door = out.and_then(|out| Some((out, door(out)?)));
    match (door, servers.real(wanted.port()).filter(|_| stays)) {
        (Some((out, door)), _) => {
            stand(socket, own(socket, family, door))?;
            let preamble = preamble(out.secret, wanted);
            let sent = send(socket, &preamble, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
            if sent == Ok(preamble.len()) { Ok(()) } else { Err(Errno::CONNRESET) }
        }
        (None, Some(real)) => stand(socket, own(socket, family, real)),
        (None, None) if stays => Err(Errno::CONNREFUSED),
        (None, None) => Err(Errno::NETUNREACH),
    }
}

/// Connects, and waits until the connection stands, whatever the caller said about waiting.
fn stand(socket: &OwnedFd, address: SocketAddr) -> Result<()> {
    sockets::without_waiting(socket, || match connect(socket, &address) {
        Err(Errno::INPROGRESS) => {
            let mut waited = [PollFd::new(socket, PollFlags::OUT)];
            match rustix::io::retry_on_intr(|| poll(&mut waited, Some(&PATIENCE)))? {
                0 => Err(Errno::TIMEDOUT),
                _ => socket_error(socket)?,
            }
        }
        other => other,
    })
}

/// The address in the second argument, whose length is the third.
fn address(caller: &Caller<'_>) -> Result<Address> {
    let length = usize::try_from(caller.number(2)).map_err(|_| Errno::INVAL)?;
    if length > LONGEST {
        return Err(Errno::INVAL);
    }
    parse(&caller.read(caller.argument(1), length)?).ok_or(Errno::INVAL)
}

fn parse(bytes: &[u8]) -> Option<Address> {
    let (family, rest) = bytes.split_first_chunk::<2>()?;
    let port = || rest.first_chunk::<2>().map(|port| u16::from_be_bytes(*port));
    match i32::from(u16::from_ne_bytes(*family)) {
        libc::AF_UNSPEC | libc::AF_NETLINK => Some(Address::None),
        libc::AF_UNIX => Some(Address::Local(rest.to_vec())),
        libc::AF_INET => {
            let address: [u8; 4] = rest.get(2..6)?.try_into().ok()?;
            Some(Address::Internet(SocketAddr::new(IpAddr::V4(Ipv4Addr::from(address)), port()?)))
        }
        libc::AF_INET6 => {
            let address: [u8; 16] = rest.get(6..22)?.try_into().ok()?;
            Some(Address::Internet(SocketAddr::new(IpAddr::V6(Ipv6Addr::from(address)), port()?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(family: i32, rest: &[u8]) -> Vec<u8> {
        [u16::try_from(family).unwrap().to_ne_bytes().as_slice(), rest].concat()
    }

    #[test]
    fn addresses_are_read_as_the_kernel_reads_them() {
        let four = written(libc::AF_INET, &[0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(parse(&four), Some(Address::Internet("127.0.0.1:8080".parse().unwrap())));
        let mut rest = vec![0, 53, 0, 0, 0, 0];
        rest.extend(Ipv6Addr::LOCALHOST.octets());
        rest.extend([0; 4]);
        assert_eq!(parse(&written(libc::AF_INET6, &rest)), Some(Address::Internet("[::1]:53".parse().unwrap())));
        assert_eq!(parse(&written(libc::AF_UNIX, b"\0x")), Some(Address::Local(b"\0x".to_vec())));
        assert_eq!(parse(&four[..6]), None);
        assert_eq!(parse(&written(38, &[0; 20])), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..130)) {
            drop(parse(&bytes));
        }
    }
}
