//! What an address is, if it is not simply somewhere on the public internet.
//!
//! A name says nothing of where it leads: whoever owns it can have it lead to the machine's own network. So the address
//! that a name led to is looked at before it is dialled, in each of the forms in which IPv6 can wrap an IPv4 address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Why an address is not reached unless policy names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guarded {
    /// The machine itself.
    Loopback,
    /// One of the machine's own addresses.
    Own,
    /// Where a cloud hands out credentials.
    Metadata,
    /// A private network.
    Private,
    /// The network of a provider, or of an overlay.
    Shared,
    /// The local link.
    LinkLocal,
    /// Reserved, for documentation, or a tunnel whose end can't be told.
    Reserved,
    /// Many machines at once.
    Multicast,
    /// No address at all.
    Unspecified,
}

impl Guarded {
    /// Whether nothing that policy says makes it reachable.
    pub fn is_never_reached(self) -> bool {
        match self {
            Self::Multicast | Self::Unspecified => true,
            Self::Loopback
            | Self::Own
            | Self::Metadata
            | Self::Private
            | Self::Shared
            | Self::LinkLocal
            | Self::Reserved => false,
        }
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this machine itself",
            Self::Own => "an address of this machine",
            Self::Metadata => "where a cloud hands out credentials",
            Self::Private => "an address of a private network",
            Self::Shared => "an address of a provider's own network",
            Self::LinkLocal => "an address of the local link",
            Self::Reserved => "a reserved address",
            Self::Multicast => "an address of many machines at once",
            Self::Unspecified => "no address of any machine",
        })
    }
}

/// What an address is, if it is not on the public internet.
pub(crate) fn kind(address: IpAddr) -> Option<Guarded> {
    match address.to_canonical() {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => of_v6(v6),
    }
}

/// The same, and whether it is one of the machine's own.
pub(crate) fn kind_here(address: IpAddr) -> Option<Guarded> {
    kind(address).or_else(|| is_own(address).then_some(Guarded::Own))
}

/// Only an own address can be bound to. The kernel is asked each time, for addresses come and go.
fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

fn of_v4(address: Ipv4Addr) -> Option<Guarded> {
    let [a, b, c, d] = address.octets();
    match (a, b, c, d) {
        // Amazon's, and what most others copied; its two for containers; Alibaba's; Oracle's; Azure's.
        (169, 254, 169, 254)
        | (169, 254, 170, 2 | 23)
        | (100, 100, 100, 200)
        | (192, 0, 0, 192)
        | (168, 63, 129, 16) => Some(Guarded::Metadata),
        (0, ..) => Some(Guarded::Unspecified),
        (127, ..) => Some(Guarded::Loopback),
        (10, ..) | (172, 16..=31, ..) | (192, 168, ..) => Some(Guarded::Private),
        (100, 64..=127, ..) => Some(Guarded::Shared),
        (169, 254, ..) => Some(Guarded::LinkLocal),
        (224..=239, ..) | (255, 255, 255, 255) => Some(Guarded::Multicast),
        // IETF's own, documentation, relays of 6to4, and measurements, which is also where our stand-ins are from.
        (192, 0, 0 | 2, _)
        | (192, 88, 99, _)
        | (198, 18 | 19, ..)
        | (198, 51, 100, _)
        | (203, 0, 113, _)
        | (240.., ..) => Some(Guarded::Reserved),
        _ => None,
    }
}

fn of_v6(address: Ipv6Addr) -> Option<Guarded> {
    let words = address.segments();
    if let Some(inner) = wrapped(words) {
        // `::` and `::1` look like wrapped addresses, too, and are found by what they are.
        return match words {
            [0, 0, 0, 0, 0, 0, 0, 0] => Some(Guarded::Unspecified),
            [0, 0, 0, 0, 0, 0, 0, 1] => Some(Guarded::Loopback),
            _ => of_v4(inner),
        };
    }
    match words {
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => Some(Guarded::Metadata),
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some(Guarded::Private),
        [0xfe80..=0xfebf, ..] => Some(Guarded::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Guarded::Multicast),
        // Teredo and its neighbours, benchmarks, ORCHID, documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(Guarded::Reserved),
        [0x2000..=0x3fff, ..] => None,
        // Whatever is not handed out to anybody, translation for local use included.
        _ => Some(Guarded::Reserved),
    }
}

/// The IPv4 address that an IPv6 address leads to: compatible, translated, NAT64, 6to4, ISATAP.
fn wrapped(words: [u16; 8]) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match words {
        [0, 0, 0, 0, 0 | 0xffff, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..]
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Guarded> {
        kind(text.parse().unwrap())
    }

    #[test]
    fn what_is_not_public_is_known() {
        for (kind, addresses) in [
            (Guarded::Loopback, ["127.0.0.1", "127.255.0.9", "::1"].as_slice()),
            (
                Guarded::Metadata,
                &[
                    "169.254.169.254",
                    "169.254.170.2",
                    "100.100.100.200",
                    "192.0.0.192",
                    "168.63.129.16",
                    "fd00:ec2::254",
                ],
            ),
            (
                Guarded::Private,
                &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1", "fec0::1"],
            ),
            (Guarded::Shared, &["100.64.0.1", "100.127.255.255"]),
            (Guarded::LinkLocal, &["169.254.1.1", "fe80::1", "febf::1"]),
            (Guarded::Multicast, &["224.0.0.1", "239.1.1.1", "255.255.255.255", "ff02::1"]),
            (Guarded::Unspecified, &["0.0.0.0", "0.1.2.3", "::"]),
            (
                Guarded::Reserved,
                &[
                    "192.0.2.1",
                    "198.18.0.1",
                    "198.19.255.255",
                    "198.51.100.1",
                    "203.0.113.1",
                    "240.0.0.1",
                    "2001::1",
                    "2001:db8::1",
                    "64:ff9b:1::a00:1",
                    "100::1",
                    "4000::1",
                    "5f00::1",
                ],
            ),
        ] {
            for address in addresses {
                assert_eq!(of(address), Some(kind), "{address}");
            }
        }
    }

    #[test]
    fn what_is_public_is_not_guarded() {
        for address in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "169.253.1.1", "198.17.0.1", "223.255.255.255", "2606:4700::1111"]
        {
            assert_eq!(of(address), None, "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_is_known_in_every_wrapping() {
        for (v4, expected) in
            [("169.254.169.254", Some(Guarded::Metadata)), ("10.1.2.3", Some(Guarded::Private)), ("8.8.8.8", None)]
        {
            let [a, b, c, d] = v4.parse::<Ipv4Addr>().unwrap().octets();
            for wrapped in [
                format!("::ffff:{v4}"),
                format!("::{v4}"),
                format!("::ffff:0:{v4}"),
                format!("64:ff9b::{v4}"),
                format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"),
                format!("2606:4700::5efe:{v4}"),
                format!("2606:4700::200:5efe:{v4}"),
            ] {
                assert_eq!(of(&wrapped), expected, "{wrapped}");
            }
        }
        assert_eq!(of("::ffff:127.0.0.1"), Some(Guarded::Loopback));
        assert_eq!(of("64:ff9b::7f00:1"), Some(Guarded::Loopback));
    }

    #[test]
    fn the_machines_own_addresses_are_asked_of_the_kernel() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        assert!(!is_own("8.8.8.8".parse().unwrap()));
    }
}
