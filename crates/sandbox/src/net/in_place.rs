//! Doors of a run in place. They are bound on the loopback of the machine, where anybody could knock, so whoever brings a
//! connection says a secret first, and where the connection was meant to go: the kernel can't be asked that here.

use super::{Doors, port_of, socket, tcp};
use crate::error::Error;
use rustix::net::SocketType;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

/// What process 1 says at a door before anything else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; SECRET]);

/// How long it is.
pub(crate) const SECRET: usize = 16;

impl Secret {
    pub(crate) const fn new(bytes: [u8; SECRET]) -> Self {
        Self(bytes)
    }

    /// For whoever opens the doors.
    pub const fn bytes(self) -> [u8; SECRET] {
        self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where process 1 finds the doors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WayOut {
    pub(crate) proxy: u16,
    pub(crate) any: u16,
    pub(crate) names: u16,
    pub(crate) secret: Secret,
}

/// Opens them.
pub(crate) fn doors_in_place(secret: Secret) -> Result<Doors, Error> {
    let anywhere = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    Ok(Doors {
        proxy: tcp(anywhere)?,
        any_tcp: tcp(anywhere)?,
        // Nobody is led here: there are no datagrams in place.
        names_udp: socket(SocketType::DGRAM, anywhere)?,
        names_tcp: tcp(anywhere)?,
        secret: Some(secret),
    })
}

impl Doors {
    /// The way out of a run in place; there is none through doors of other runs.
    pub(crate) fn way_out(&self) -> Result<Option<WayOut>, Error> {
        let Some(secret) = self.secret else { return Ok(None) };
        Ok(Some(WayOut {
            proxy: port_of(&self.proxy)?,
            any: port_of(&self.any_tcp)?,
            names: port_of(&self.names_tcp)?,
            secret,
        }))
    }
}

/// What a connection begins with.
pub(crate) fn preamble(secret: Secret, wanted: SocketAddr) -> Vec<u8> {
    let address = match wanted.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    [secret.0.as_slice(), &address.octets(), &wanted.port().to_be_bytes()].concat()
}
