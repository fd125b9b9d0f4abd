//! What the run serves on loopback, which is the loopback of the whole machine here.
//!
//! A server gets a port that the kernel chooses, whatever it asked for, so it can't stand where a program outside expects
//! somebody else. Programs of the run that connect to the port that was asked for are led to the one that was given.

use rustix::fd::{AsFd as _, OwnedFd};
use rustix::io::{Errno, Result};
use rustix::net::sockopt::set_ipv6_v6only;
use rustix::net::{AddressFamily, bind, getsockname};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

/// How many ports may be served.
const MOST: usize = 256;

/// Ports that were asked for, and who serves them.
#[derive(Debug, Default)]
pub(super) struct Servers(BTreeMap<u16, Server>);

#[derive(Debug)]
struct Server {
    real: u16,
    /// Held so that nobody outside can get the port while programs of the run may still be led there.
    _socket: OwnedFd,
}

impl Servers {
    /// Binds a socket for whoever asked for `wanted`.
    pub(super) fn bind(&mut self, socket: OwnedFd, family: AddressFamily, wanted: SocketAddr) -> Result<()> {
        let address = wanted.ip().to_canonical();
        if !address.is_loopback() && !address.is_unspecified() {
            return Err(Errno::ADDRNOTAVAIL);
        }
        if self.0.len() >= MOST && !self.0.contains_key(&wanted.port()) {
            return Err(Errno::NOBUFS);
        }
        bind(&socket, &own(&socket, family, 0))?;
        let real = port_of(&socket)?;
        let asked = if wanted.port() == 0 { real } else { wanted.port() };
        self.0.insert(asked, Server { real, _socket: socket });
        Ok(())
    }

    /// Where a port of the run's own loopback really is served.
    pub(super) fn real(&self, port: u16) -> Option<u16> {
        let given = || self.0.values().find(|server| server.real == port).map(|server| server.real);
        self.0.get(&port).map(|server| server.real).or_else(given)
    }
}

/// A port of loopback, as a socket of this family names it. One address serves both versions of IP, since programs ask for
/// either.
pub(super) fn own(socket: &OwnedFd, family: AddressFamily, port: u16) -> SocketAddr {
    if family == AddressFamily::INET {
        return SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    }
    // One that is bound already stays what it is.
    set_ipv6_v6only(socket.as_fd(), false).ok();
    SocketAddr::from((Ipv4Addr::LOCALHOST.to_ipv6_mapped(), port))
}

/// The port that a socket is bound to; 0 if to none.
pub(super) fn port_of(socket: &OwnedFd) -> Result<u16> {
    SocketAddr::try_from(getsockname(socket)?).map(|address| address.port())
}
