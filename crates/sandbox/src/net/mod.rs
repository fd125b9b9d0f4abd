//! The network inside: a loopback of its own, and doors.
//!
//! Every address of the world is "local" in there, so nothing has a way out; connections to any address and port are
//! turned to one door, and whatever is not TCP is refused at once, so that programs fall back instead of waiting.

mod in_place;
mod netlink;
mod redirect;

use crate::error::{Doing as _, Error, Stage};
pub use in_place::Secret;
pub(crate) use in_place::{SECRET, WayOut, doors_in_place, preamble};
use netlink::Netlink;
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, getsockname, listen, socket_with, sockopt::set_socket_reuseaddr,
};
use std::net::{Ipv4Addr, SocketAddrV4};

/// Where programs inside find the proxy.
const PROXY_PORT: u16 = 3128;

/// Sockets that were bound inside and are served from outside.
#[derive(Debug)]
pub struct Doors {
    /// For programs that ask a proxy: listens on [`Doors::PROXY`].
    pub proxy: OwnedFd,
    /// For all others: every TCP connection to an address that is not loopback ends here.
    pub any_tcp: OwnedFd,
    /// Names, asked for over UDP.
    pub names_udp: OwnedFd,
    /// Names, asked for over TCP.
    pub names_tcp: OwnedFd,
    /// Of a run in place, whose doors are open to the whole machine: every connection begins with this and with where it was
    /// meant to go, 16 bytes of an IPv6 address and 2 of a port. Whatever does not was made by somebody else.
    pub secret: Option<Secret>,
}

impl Doors {
    /// The proxy's address inside.
    pub const PROXY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, PROXY_PORT);

    /// The first four of these.
    pub(crate) fn from_descriptors(descriptors: &mut impl Iterator<Item = OwnedFd>) -> Option<Self> {
        let mut next = || descriptors.next();
        Some(Self { proxy: next()?, any_tcp: next()?, names_udp: next()?, names_tcp: next()?, secret: None })
    }

    pub(crate) fn into_descriptors(self) -> Vec<OwnedFd> {
        vec![self.proxy, self.any_tcp, self.names_udp, self.names_tcp]
    }
}

/// Brings the loopback up; nothing else is there.
pub(crate) fn loopback() -> Result<(), Error> {
    Netlink::route().and_then(|mut netlink| netlink.loopback_up()).doing(Stage::Network)
}

/// Opens the doors.
pub(crate) fn doors() -> Result<Doors, Error> {
    let proxy = tcp(Doors::PROXY)?;
    let any_tcp = tcp(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let name_server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 53);
    let names_udp = socket(SocketType::DGRAM, name_server)?;
    let names_tcp = tcp(name_server)?;
    let port = port_of(&any_tcp)?;
    Netlink::route().and_then(|mut netlink| netlink.everything_is_local()).doing(Stage::Network)?;
    redirect::to(port).doing(Stage::Network)?;
    Ok(Doors { proxy, any_tcp, names_udp, names_tcp, secret: None })
}

fn tcp(address: SocketAddrV4) -> Result<OwnedFd, Error> {
    let socket = socket(SocketType::STREAM, address)?;
    listen(&socket, 1024).doing(Stage::Network)?;
    Ok(socket)
}

fn socket(kind: SocketType, address: SocketAddrV4) -> Result<OwnedFd, Error> {
    let socket = socket_with(AddressFamily::INET, kind, SocketFlags::CLOEXEC, None).doing(Stage::Network)?;
    if kind == SocketType::STREAM {
        set_socket_reuseaddr(&socket, true).doing(Stage::Network)?;
    }
    bind(&socket, &address).doing(Stage::Network)?;
    Ok(socket)
}

fn port_of(socket: &OwnedFd) -> Result<u16, Error> {
    let address = getsockname(socket.as_fd()).doing(Stage::Network)?;
    let address = SocketAddrV4::try_from(address).map_err(|errno| Error::system(Stage::Network, errno))?;
    Ok(address.port())
}
