//! Terms: the keys of the inverted index. A term is a word, or an attribute with its value.
//!
//! Values are kept as a keyed hash of 64 bits, which makes every key short. The key of the hash is drawn for each
//! index, so nobody can prepare two values that share a term.

use portcullis_event::{EventId, Host};
use sha2::{Digest as _, Sha256};

/// Marks a word; attributes have smaller tags.
const WORD: u8 = b'w';

/// What an attribute term is about. The number is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Id = 1,
    Trace = 2,
    Kind = 3,
    Op = 4,
    Verdict = 5,
    Severity = 6,
    Actor = 7,
    Agent = 8,
    Session = 9,
    Host = 10,
    Path = 11,
    Tool = 12,
    Rule = 13,
}

/// Turns values into keys.
#[derive(Clone)]
pub(super) struct Terms {
    seed: Sha256,
}

impl std::fmt::Debug for Terms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terms")
    }
}

impl Terms {
    /// Terms under the key of one index. A key of 64 bytes fills one block of SHA-256 and is hashed only here.
    pub(super) fn new(key: &[u8]) -> Self {
        Self { seed: Sha256::new_with_prefix(key) }
    }

    /// The key of an attribute's value.
    pub(super) fn attribute(&self, attribute: Attribute, value: &str) -> Vec<u8> {
        let mut hash = self.start(attribute);
        hash.update(value);
        finish(attribute, hash, 8)
    }

    /// The key of an event's id. It is unique to its record, so four bytes are enough to find the few candidates.
    pub(super) fn id(&self, id: &EventId) -> Vec<u8> {
        let mut hash = self.start(Attribute::Id);
        hash.update(id.as_bytes());
        finish(Attribute::Id, hash, 4)
    }

    /// The keys of a host: itself and every domain that it is in.
    pub(super) fn host(&self, host: &Host, mut each: impl FnMut(Vec<u8>)) {
        let mut rest = host.as_str();
        each(self.attribute(Attribute::Host, rest));
        if host.address().is_some() {
            return;
        }
        while let Some((_, parent)) = rest.split_once('.') {
            each(self.attribute(Attribute::Host, parent));
            rest = parent;
        }
    }

    /// The keys of a path: itself and every folder that it is in. The hash is carried along from folder to folder, so
    /// that a path of a million names costs no more than its length.
    pub(super) fn path(&self, path: &portcullis_event::AbsPath, mut each: impl FnMut(Vec<u8>)) {
        each(self.attribute(Attribute::Path, "/"));
        let mut hash = self.start(Attribute::Path);
        for name in path.components() {
            hash.update("/");
            hash.update(name);
            each(finish(Attribute::Path, hash.clone(), 8));
        }
    }

    fn start(&self, attribute: Attribute) -> Sha256 {
        let mut hash = self.seed.clone();
        hash.update([attribute as u8]);
        hash
    }
}

fn finish(attribute: Attribute, hash: Sha256, length: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + length);
    key.push(attribute as u8);
    key.extend(hash.finalize().iter().take(length));
    key
}

/// The key of a word, or of the beginning of words.
pub(super) fn word(word: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + word.len());
    key.push(WORD);
    key.extend_from_slice(word.as_bytes());
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::AbsPath;

    #[test]
    fn a_path_has_the_terms_of_all_its_folders() {
        let terms = Terms::new(&[7; 16]);
        let mut keys = Vec::new();
        terms.path(&AbsPath::parse("/srv/app/x").unwrap(), |key| keys.push(key));
        let folders = ["/", "/srv", "/srv/app", "/srv/app/x"];
        assert_eq!(keys, folders.map(|folder| terms.attribute(Attribute::Path, folder)));
    }

    #[test]
    fn a_host_has_the_terms_of_its_domains_and_an_address_has_none() {
        let terms = Terms::new(&[7; 16]);
        for (host, domains) in
            [("api.github.com", vec!["api.github.com", "github.com", "com"]), ("10.0.0.1", vec!["10.0.0.1"])]
        {
            let mut keys = Vec::new();
            terms.host(&Host::parse(host).unwrap(), |key| keys.push(key));
            let wanted: Vec<_> = domains.into_iter().map(|domain| terms.attribute(Attribute::Host, domain)).collect();
            assert_eq!(keys, wanted);
        }
    }

    #[test]
    fn every_index_has_terms_of_its_own() {
        let one = Terms::new(&[1; 16]).attribute(Attribute::Kind, "net");
        assert_ne!(one, Terms::new(&[2; 16]).attribute(Attribute::Kind, "net"));
        assert_ne!(one, Terms::new(&[1; 16]).attribute(Attribute::Op, "net"));
    }
}
