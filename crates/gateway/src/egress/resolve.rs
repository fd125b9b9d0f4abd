//! Who looks names up, once the road has allowed it.

use portcullis_event::Host;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};

/// Looks names up.
pub trait Resolver: Send + Sync {
    /// The addresses that a name leads to.
    fn addresses(&self, name: &Host) -> io::Result<Vec<IpAddr>>;
}

/// As the rest of the machine does it: the file of hosts first, then the system's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn addresses(&self, name: &Host) -> io::Result<Vec<IpAddr>> {
        let own = std::fs::read_to_string("/etc/hosts").map(|text| in_hosts(&text, name)).unwrap_or_default();
        if !own.is_empty() {
            return Ok(own);
        }
        // The dot at the end says that the name is whole: what was asked about is never looked up with something added.
        let whole = format!("{name}.");
        Ok((whole.as_str(), 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// The addresses that a file of hosts has for a name.
fn in_hosts(text: &str, name: &Host) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        if words.any(|word| word.strip_suffix('.').unwrap_or(word).eq_ignore_ascii_case(name.as_str())) {
            found.push(address);
        }
    }
    found
}

/// Names and addresses that are known beforehand, and no others.
#[derive(Debug, Clone, Default)]
pub struct Table(pub BTreeMap<Host, Vec<IpAddr>>);

impl Resolver for Table {
    fn addresses(&self, name: &Host) -> io::Result<Vec<IpAddr>> {
        self.0.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl fmt::Debug for dyn Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_hosts_is_read_by_lines_and_words() {
        let text =
            "127.0.0.1 localhost\n10.0.0.7 git.corp.example git # ours\n#10.0.0.8 git\nfd00::7 GIT.corp.example\nx git";
        let found = in_hosts(text, &Host::parse("git.corp.example").unwrap());
        assert_eq!(found, ["10.0.0.7".parse::<IpAddr>().unwrap(), "fd00::7".parse().unwrap()]);
        assert!(in_hosts(text, &Host::parse("corp.example").unwrap()).is_empty());
    }

    #[test]
    fn the_system_knows_itself() {
        let found = SystemResolver.addresses(&Host::parse("localhost").unwrap()).unwrap();
        assert!(found.iter().all(IpAddr::is_loopback));
    }
}
