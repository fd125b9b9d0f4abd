//! Names that lead to whatever address stands within them: `10.0.0.1.nip.io` is 10.0.0.1, and a list of addresses that are
//! denied has to see that.

/// Who answers for such names.
const SERVICES: [&str; 9] =
    ["nip.io", "sslip.io", "xip.io", "traefik.me", "ip.gs", "backname.io", "nip.run", "local-ip.co", "my.local-ip.co"];

/// The address that stands in a name.
pub(super) fn address_within(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let front = SERVICES.iter().find_map(|service| lower.strip_suffix(service)?.strip_suffix('.'))?;
    let labels: Vec<&str> = front.split(['.', '-']).collect();
    let written = labels.windows(4).rev().find(|window| window.iter().all(|label| label.parse::<u8>().is_ok()));
    written.map(|window| window.join(".")).or_else(|| {
        // `a9fea9fe.nip.io`
        let hex =
            labels.iter().rev().find(|label| label.len() == 8).and_then(|label| u32::from_str_radix(label, 16).ok())?;
        Some(std::net::Ipv4Addr::from(hex).to_string())
    })
}
