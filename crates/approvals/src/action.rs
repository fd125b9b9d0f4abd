//! Exactly what is approved, as one hash.
//!
//! Every part is written with its name and its length, so no part can run over into the next one and what is absent differs
//! from what is empty. The first bytes say what is hashed and in which version, so that no hash that was made for another
//! purpose ever fits.

use portcullis_event::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

const DOMAIN: &[u8] = b"portcullis approvals action 1\0";

/// SHA-256 of exactly what is approved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActionHash([u8; 32]);

impl ActionHash {
    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether its hexadecimal digits begin like this, with enough of them to mean it.
    pub fn begins_with(&self, prefix: &str) -> bool {
        prefix.len() >= SHORTEST_PREFIX && self.to_string().starts_with(&prefix.to_ascii_lowercase())
    }
}

/// Fewer digits could be hit by trying.
pub(crate) const SHORTEST_PREFIX: usize = 12;

impl fmt::Display for ActionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for ActionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActionHash({self})")
    }
}

impl From<ActionHash> for String {
    fn from(hash: ActionHash) -> Self {
        hex::encode(&hash.0)
    }
}

impl TryFrom<String> for ActionHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode_exactly(&text).map(Self).ok_or("it is not 64 hexadecimal digits in lower case")
    }
}

/// Takes the parts of an action, one after another.
#[derive(Debug, Clone)]
pub struct ActionHasher(Sha256);

impl ActionHasher {
    /// Begins with what kind of an action it is, such as `tool`.
    pub fn new(kind: &str) -> Self {
        let mut hasher = Self(Sha256::new_with_prefix(DOMAIN));
        hasher.bytes(kind.as_bytes());
        hasher
    }

    /// A part that is there.
    pub fn part(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        self.bytes(name.as_bytes());
        self.0.update([1]);
        self.bytes(value.as_ref());
        self
    }

    /// A part that may be absent.
    pub fn maybe(&mut self, name: &str, value: Option<impl AsRef<[u8]>>) -> &mut Self {
        if let Some(value) = value {
            return self.part(name, value);
        }
        self.bytes(name.as_bytes());
        self.0.update([0]);
        self
    }

    /// A part that is many, in their order.
    pub fn list<T: AsRef<[u8]>>(&mut self, name: &str, values: &[T]) -> &mut Self {
        self.bytes(name.as_bytes());
        self.0.update([2]);
        self.0.update((values.len() as u64).to_be_bytes());
        for value in values {
            self.bytes(value.as_ref());
        }
        self
    }

    /// The hash of all of it.
    pub fn finish(&self) -> ActionHash {
        ActionHash(self.0.clone().finalize().into())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(parts: &[(&str, Option<&str>)]) -> ActionHash {
        let mut hasher = ActionHasher::new("tool");
        for (name, value) in parts {
            hasher.maybe(name, *value);
        }
        hasher.finish()
    }

    #[test]
    fn no_part_runs_over_into_the_next() {
        let all = [
            of(&[("a", Some("bc"))]),
            of(&[("ab", Some("c"))]),
            of(&[("a", Some("b")), ("c", None)]),
            of(&[("a", None), ("bc", None)]),
            of(&[("a", Some("")), ("bc", None)]),
            of(&[]),
            ActionHasher::new("too").part("l", "").finish(),
            ActionHasher::new("tool").list("a", &["bc"]).finish(),
            ActionHasher::new("tool").list("a", &["b", "c"]).finish(),
            ActionHasher::new("tool").list::<&str>("a", &[]).finish(),
        ];
        for (number, hash) in all.iter().enumerate() {
            assert!(!all.iter().skip(number + 1).any(|other| other == hash), "{number}");
        }
    }

    #[test]
    fn a_prefix_must_be_long_enough_to_mean_it() {
        let hash = of(&[]);
        let text = hash.to_string();
        let first = |count: usize| text.chars().take(count).collect::<String>();
        assert!(hash.begins_with(&first(12)) && hash.begins_with(&text.to_uppercase()));
        assert!(!hash.begins_with("") && !hash.begins_with(&first(11)) && !hash.begins_with(&format!("{text}0")));
    }

    proptest! {
        #[test]
        fn it_reads_back_as_it_is_written(parts in prop::collection::vec((".*", prop::option::of(".*")), 0..4)) {
            let parts: Vec<_> = parts.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
            let hash = of(&parts);
            prop_assert_eq!(ActionHash::try_from(hash.to_string()), Ok(hash));
        }

        #[test]
        fn other_parts_have_another_hash(one in prop::collection::vec((".*", prop::option::of(".*")), 0..3),
                                         other in prop::collection::vec((".*", prop::option::of(".*")), 0..3)) {
            fn of_all(all: &[(String, Option<String>)]) -> ActionHash {
                of(&all.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect::<Vec<_>>())
            }
            prop_assert_eq!(one == other, of_all(&one) == of_all(&other));
        }
    }
}
