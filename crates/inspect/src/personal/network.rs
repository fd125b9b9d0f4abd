//! Addresses of machines, which are off unless somebody asks for them: many logs hold them, and in few do they tell of a person.

use super::rule::Finder;
use super::search::{Found, Search, number_of, rule_of};
use portcullis_event::Confidence;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest address.
const LONGEST: usize = 40;

/// Looks for addresses everywhere, if the settings ask for them.
pub(super) fn find(search: &mut Search<'_>) {
    let (ip, mac) = (number_of(Finder::IpAddress), number_of(Finder::MacAddress));
    let wanted = |rule| rule_of(rule).is_some_and(|rule| search.settings.wants(rule));
    if !wanted(ip) && !wanted(mac) {
        return;
    }
    let mut at = 0;
    while at < search.text.len() {
        let rest = search.slice(at..(at + LONGEST + 1).min(search.text.len()));
        let length = rest.iter().take_while(|byte| is_part(**byte)).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let begins = search.before(at).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-'));
        let token = rest.get(..length).unwrap_or_default();
        let token = token.strip_suffix(b".").or(token.strip_suffix(b":")).or(token.strip_suffix(b"-")).unwrap_or(token);
        let ends = search.byte(at + length).is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'_');
        let rule = if is_mac(token) { Some(mac) } else { is_public_ip(token).then_some(ip) };
        if let Some(rule) = rule.filter(|_| begins && ends && length <= LONGEST) {
            search.add(Found {
                span: at..at + token.len(),
                rule,
                confidence: Confidence::Medium,
                word: None,
                why: None,
            });
        }
        at += length;
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'-')
}

fn is_mac(token: &[u8]) -> bool {
    let separated = |separator: u8| {
        let pairs: Vec<&[u8]> = token.split(|byte| *byte == separator).collect();
        pairs.len() == 6 && pairs.iter().all(|pair| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit))
    };
    let hex = token.iter().filter(|byte| byte.is_ascii_hexdigit());
    let uniform = hex.clone().all(|byte| *byte == b'0') || hex.clone().all(|byte| byte.eq_ignore_ascii_case(&b'f'));
    (separated(b':') || separated(b'-')) && !uniform
}

fn is_public_ip(token: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(token) else { return false };
    match (text.parse::<Ipv4Addr>(), text.parse::<Ipv6Addr>()) {
        (Ok(address), _) => is_public_v4(address),
        (_, Ok(address)) => is_public_v6(address),
        _ => false,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b & 0xfe) == 18;
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast();
    !special && !shared && !benchmark && a != 0 && a < 240
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Two thousand to three thousand nine hundred ninety-nine, without what is for documentation.
    (first & 0xe000) == 0x2000 && !(first == 0x2001 && second == 0x0db8)
}
