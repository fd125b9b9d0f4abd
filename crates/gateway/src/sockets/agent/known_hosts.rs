//! The names under which servers are known, as `known_hosts` has them.
//!
//! A server at another port than SSH's is `server:port` here, whatever brackets the files put around it.
//!
//! Lines that are marked (`@cert-authority`, `@revoked`) name no server here: of a key that is revoked no name is told.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// Most lines that are read of all files together.
const MOST: usize = 100_000;

/// What is known.
#[derive(Debug, Clone, Default)]
pub struct KnownHosts {
    lines: Vec<Line>,
    revoked: Vec<Vec<u8>>,
}

/// The names of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// Those that can be read.
    pub names: Vec<String>,
    /// Whether there is another one, under a hash.
    pub another: bool,
}

#[derive(Debug, Clone)]
struct Line {
    names: Names,
    key: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Names {
    Plain(Vec<String>),
    /// A name under a hash: a salt, and what comes of it.
    Hashed(Vec<u8>, Vec<u8>),
}

impl KnownHosts {
    /// Adds the lines of a file. What can't be read names nobody.
    pub fn add(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            let Some(first) = words.next().filter(|first| !first.starts_with('#')) else { continue };
            let marker = first.starts_with('@').then_some(first);
            let Some(names) = marker.map_or(Some(first), |_| words.next()) else { continue };
            let Some(key) = words.nth(1).and_then(|key| BASE64_STANDARD.decode(key).ok()) else { continue };
            match marker {
                Some("@revoked") => self.revoked.push(key),
                None if self.lines.len() < MOST => self.lines.extend(parse(names).map(|names| Line { names, key })),
                Some(_) | None => {}
            }
        }
    }

    /// The names of whoever has this key; of those under a hash only the ones among `asked`.
    pub fn names(&self, key: &[u8], asked: &[String]) -> KnownNames {
        if self.revoked.iter().any(|revoked| revoked == key) {
            return KnownNames::default();
        }
        let (mut names, mut another): (Vec<String>, bool) = (Vec::new(), false);
        for line in self.lines.iter().filter(|line| line.key == key) {
            match &line.names {
                Names::Plain(plain) => names.extend(plain.iter().cloned()),
                Names::Hashed(salt, hash) => {
                    let found = asked.iter().find(|name| is_hashed(name, salt, hash));
                    another |= found.is_none();
                    names.extend(found.cloned());
                }
            }
        }
        names.sort();
        names.dedup();
        KnownNames { names, another }
    }
}

/// The names of a line. A pattern is no name: it says which servers may have the key, not which one has it.
fn parse(names: &str) -> Option<Names> {
    if let Some(hashed) = names.strip_prefix("|1|") {
        let (salt, hash) = hashed.split_once('|')?;
        return Some(Names::Hashed(BASE64_STANDARD.decode(salt).ok()?, BASE64_STANDARD.decode(hash).ok()?));
    }
    let plain = names.split(',').filter(|name| !name.is_empty() && !name.contains(['*', '?', '!']));
    Some(Names::Plain(plain.map(|name| without_brackets(&name.to_lowercase())).collect()))
}

/// `[server]:port` without brackets.
fn without_brackets(name: &str) -> String {
    let parts = name.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
    parts.map_or_else(|| name.to_owned(), |(server, port)| format!("{server}:{port}"))
}

fn is_hashed(name: &str, salt: &[u8], hash: &[u8]) -> bool {
    let with_brackets = name.rsplit_once(':').map(|(server, port)| format!("[{server}]:{port}"));
    std::iter::once(name.to_owned()).chain(with_brackets).any(|written| {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(salt) else { return false };
        mac.update(written.as_bytes());
        mac.verify_slice(hash).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(names: &str, key: &[u8]) -> String {
        format!("{names} ssh-ed25519 {}\n", BASE64_STANDARD.encode(key))
    }

    fn hashed(name: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(b"salt").unwrap();
        mac.update(name.as_bytes());
        format!("|1|{}|{}", BASE64_STANDARD.encode(b"salt"), BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn servers_are_known_by_plain_names_and_by_those_that_are_asked_about() {
        let mut known = KnownHosts::default();
        known.add(&line("Forge.example,10.0.0.1", b"one"));
        known.add(&line(&hashed("secret.example"), b"one"));
        known.add(&line("other.example", b"two"));
        let asked = ["secret.example".to_owned(), "evil.example".to_owned()];
        assert_eq!(known.names(b"one", &asked).names, ["10.0.0.1", "forge.example", "secret.example"]);
        assert!(!known.names(b"one", &asked).another);
        let all = KnownNames { names: vec!["10.0.0.1".to_owned(), "forge.example".to_owned()], another: true };
        assert_eq!(known.names(b"one", &[]), all, "that there is one more name is told");
        assert_eq!(known.names(b"three", &asked), KnownNames::default());
    }

    #[test]
    fn a_server_at_another_port_is_written_without_brackets() {
        let mut known = KnownHosts::default();
        known.add(&line("[a.example]:2222", b"one"));
        known.add(&line(&hashed("[b.example]:2222"), b"one"));
        let asked = ["b.example:2222".to_owned(), "b.example".to_owned()];
        assert_eq!(known.names(b"one", &asked).names, ["a.example:2222", "b.example:2222"]);
    }

    #[test]
    fn patterns_authorities_and_revoked_keys_name_nobody() {
        let mut known = KnownHosts::default();
        known.add(&line("*.example,!a.example,b?.example", b"one"));
        known.add(&format!("@cert-authority {}", line("ca.example", b"one")));
        known.add(&line("gone.example", b"two"));
        known.add(&format!("@revoked {}", line("*", b"two")));
        known.add("# comment\n\nbroken\nbroken ssh-ed25519\nbroken ssh-ed25519 not-base64!\n|1|x ssh-ed25519 eA==\n");
        for key in [b"one".as_slice(), b"two", b"x"] {
            assert_eq!(known.names(key, &["gone.example".to_owned()]), KnownNames::default());
        }
    }
}
