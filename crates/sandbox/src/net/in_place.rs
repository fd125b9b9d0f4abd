//! Doors of a run in place. They are bound on the loopback of the machine, where anybody could knock, so whoever brings a
//! connection says a secret first, and where the connection was meant to go: the kernel can't be asked that here.

use super::{Doors, SECRET, port_of, socket, tcp};
use crate::error::Error;
use rustix::net::SocketType;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

/// Where process 1 finds the doors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WayOut {
    pub(crate) proxy: u16,
    pub(crate) any: u16,
    pub(crate) names: u16,
    pub(crate) secret: [u8; SECRET],
}

/// Opens them.
pub(crate) fn doors_in_place(secret: [u8; SECRET]) -> Result<Doors, Error> {
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
    pub(crate) fn way_out(&self) -> Result<WayOut, Error> {
        Ok(WayOut {
            proxy: port_of(&self.proxy)?,
            any: port_of(&self.any_tcp)?,
            names: port_of(&self.names_tcp)?,
            secret: self.secret.unwrap_or_default(),
        })
    }
}

/// What a connection begins with.
pub(crate) fn preamble(secret: &[u8; SECRET], wanted: SocketAddr) -> Vec<u8> {
    let address = match wanted.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    [secret.as_slice(), &address.octets(), &wanted.port().to_be_bytes()].concat()
}
