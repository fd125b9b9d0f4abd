//! Addresses of machines, and of pages.

use super::email::domain_of;
use super::permutation::permuted;
use super::shape::reshaped;
use crate::keyed::Keyed;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that stay what they are: the first address, and how many bits of it are the network.
const KEPT: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

/// Where all other addresses go: 2^28 that were never given to anybody.
const NOWHERE: (Ipv4Addr, u32) = (Ipv4Addr::new(240, 0, 0, 0), 4);

/// Another address of a machine: a private one in the same network, any other one where nobody is. A prefix length or
/// port stays.
pub(super) fn address(keyed: &Keyed, text: &str) -> String {
    let (bare, rest) = text.split_once('/').map_or((text, String::new()), |(bare, rest)| (bare, format!("/{rest}")));
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(old)) if old.is_loopback() || old.is_unspecified() || old.is_broadcast() => text.to_owned(),
        Ok(IpAddr::V4(old)) => format!("{}{rest}", version4(keyed, old)),
        Ok(IpAddr::V6(old)) if old.is_loopback() || old.is_unspecified() => text.to_owned(),
        Ok(IpAddr::V6(old)) => format!("{}{rest}", version6(keyed, old)),
        Err(_) => hexadecimal(keyed, text),
    }
}

fn version4(keyed: &Keyed, old: Ipv4Addr) -> Ipv4Addr {
    let network = |(first, bits): &(Ipv4Addr, u32)| u32::from(old) >> (32 - bits) == u32::from(*first) >> (32 - bits);
    let kept = KEPT.iter().find(|it| network(it));
    let (first, bits) = *kept.unwrap_or(&NOWHERE);
    let size = 1_u128 << (32 - bits);
    let host = u128::from(u32::from(old)) % size;
    let tweak = if kept.is_some() { first.octets() } else { [old.octets()[0] >> 4; 4] };
    let host = permuted(keyed, &[b"ip", &tweak], size, host);
    Ipv4Addr::from(u32::from(first) | u32::try_from(host).unwrap_or(0))
}

/// Below `2001:db8::`, which is reserved for documentation.
fn version6(keyed: &Keyed, old: Ipv6Addr) -> Ipv6Addr {
    let number = keyed.number("ip", &[&old.octets()]);
    Ipv6Addr::from(0x2001_0db8_u128 << 96 | number >> 32)
}

/// Hardware addresses and the like: other digits, the first two of them kept.
fn hexadecimal(keyed: &Keyed, text: &str) -> String {
    let is_hardware = text.len() == 17 && text.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '-');
    if !is_hardware {
        return reshaped(keyed, "ip", text);
    }
    let digits: String = text.chars().skip(2).filter(char::is_ascii_hexdigit).collect();
    let Ok(value) = u128::from_str_radix(&digits, 16) else { return reshaped(keyed, "ip", text) };
    let made = format!("{:010x}", permuted(keyed, &[b"hardware"], 1 << 40, value));
    let is_upper = text.contains(|c: char| c.is_ascii_uppercase());
    let mut next = made.chars().map(|c| if is_upper { c.to_ascii_uppercase() } else { c });
    let other =
        |(place, c): (usize, char)| if place < 2 || !c.is_ascii_hexdigit() { c } else { next.next().unwrap_or(c) };
    text.chars().enumerate().map(other).collect()
}

/// Another page: a host below `.example`, a path of the same shape.
pub(super) fn page(keyed: &Keyed, text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let (host, path) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len())).unwrap_or((rest, ""));
    let separator = if scheme.is_empty() { "" } else { "://" };
    let (user, host) = host
        .rsplit_once('@')
        .map_or((String::new(), host), |(user, host)| (format!("{}@", reshaped(keyed, "url", user)), host));
    let (host, port) = host.split_at_checked(host.find(':').unwrap_or(host.len())).unwrap_or((host, ""));
    let host = match host.parse::<IpAddr>() {
        Ok(_) => address(keyed, host),
        Err(_) => domain_of(keyed, host),
    };
    format!("{scheme}{separator}{user}{host}{port}{}", reshaped(keyed, "url", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;

    fn keyed() -> Keyed {
        Keyed::new(&Secret::new([1; 32]))
    }

    #[test]
    fn machines_go_where_nobody_is() {
        let other = |text: &str| address(&keyed(), text);
        assert!(other("8.8.8.8").parse::<Ipv4Addr>().unwrap().octets()[0] >= 240);
        assert!(other("10.1.2.3/24").starts_with("10.") && other("10.1.2.3/24").ends_with("/24"));
        assert!(other("192.168.7.7").starts_with("192.168."));
        assert!(other("2a00:1450:4001::8").starts_with("2001:db8:"));
        assert_eq!((other("127.0.0.1"), other("::1")), ("127.0.0.1".to_owned(), "::1".to_owned()));
        let hardware = other("AC:de:48:00:11:22");
        assert!(hardware.starts_with("AC:") && hardware.len() == 17 && hardware != "AC:de:48:00:11:22");
    }

    #[test]
    fn pages_go_to_hosts_that_nobody_has() {
        let made = page(&keyed(), "https://www.firm.org:8443/team/anna?id=17");
        assert!(
            made.starts_with("https://") && made.contains(".org.example:8443/") && !made.contains("anna"),
            "{made}"
        );
        assert!(page(&keyed(), "firm.org").ends_with(".org.example"));
    }
}
