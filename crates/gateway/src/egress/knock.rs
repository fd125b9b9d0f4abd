//! Doors that are open to the whole machine, because the run has no network of its own: whoever connects says a secret
//! first, and where the connection was meant to go, which the kernel can't be asked.

use super::broker::Broker;
use super::road::{Door, Notice};
use super::wire::Wire;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// How long a secret is.
pub const SECRET: usize = 16;

/// What comes first: the secret, 16 bytes of an address and 2 of a port.
const LENGTH: usize = SECRET + 18;

/// The wire, if whoever is at its other end may come in. It then says where it was meant to go.
pub(crate) fn admitted(broker: &Broker, door: Door, mut wire: Wire) -> Option<Wire> {
    let Some(secret) = &broker.settings.secret else { return Some(wire) };
    if let Ok(Some(wanted)) = heard(&wire, secret, broker) {
        wire.set_wanted(wanted);
        return Some(wire);
    }
    broker.notices.mention(Notice::Malformed { door, why: "it did not come from the run" });
    wire.reset();
    None
}

fn heard(wire: &Wire, secret: &[u8; SECRET], broker: &Broker) -> io::Result<Option<SocketAddr>> {
    let mut bytes = [0; LENGTH];
    // Not a byte more: what follows is the program's.
    wire.read_exactly(&mut bytes, broker.opening_deadline())?;
    Ok(parse(&bytes, secret))
}

fn parse(bytes: &[u8; LENGTH], secret: &[u8; SECRET]) -> Option<SocketAddr> {
    let (said, rest) = bytes.split_first_chunk::<SECRET>()?;
    let (address, port) = rest.split_first_chunk::<16>()?;
    let port = u16::from_be_bytes(port.try_into().ok()?);
    // How many bytes are right must not show in how long this takes.
    let difference = said.iter().zip(secret).fold(0, |all, (one, other)| all | (one ^ other));
    let address = IpAddr::V6(Ipv6Addr::from(*address)).to_canonical();
    (difference == 0 && port > 0).then_some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_lets_in() {
        let secret = [7; SECRET];
        let mut bytes = [0; LENGTH];
        bytes[..SECRET].fill(7);
        bytes[SECRET..SECRET + 16].copy_from_slice(&std::net::Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().octets());
        bytes[LENGTH - 2..].copy_from_slice(&443_u16.to_be_bytes());
        assert_eq!(parse(&bytes, &secret), Some("192.0.2.1:443".parse().unwrap()));
        for index in 0..SECRET {
            let mut wrong = bytes;
            wrong[index] ^= 1;
            assert_eq!(parse(&wrong, &secret), None, "byte {index}");
        }
    }
}
