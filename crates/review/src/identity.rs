//! What makes two findings the same: the rule and the secret, never the place.
//!
//! The identity is keyed, so that whoever sees it can't try out values. It outlives a move to another file or line, and
//! it is the same in a report that hides the value. See `docs/reference/scanning.md` for which key to use when.

use hmac::{Hmac, KeyInit as _, Mac as _};
use portcullis_event::{RuleId, Secret, hex};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Iterations for a value that can be guessed: about a hundredth of a second for each distinct value.
pub const STRETCH: u32 = 100_000;

/// Below so many bits a value is taken for one that can be guessed.
const GUESSABLE_BITS: f64 = 96.0;

/// Who may know the key decides how it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Nobody but the user or the team: the key alone protects.
    Private,
    /// Everybody who can read the repository: a value that can be guessed is hashed slowly.
    Public,
}

/// The key under which findings are named.
#[derive(Debug, Clone)]
pub struct IdentityKey {
    key: Secret<[u8; 32]>,
    reach: Reach,
}

impl IdentityKey {
    /// A key that stays outside the repository: of the user, or one that the team shares.
    pub fn private(key: [u8; 32]) -> Self {
        Self { key: Secret::new(key), reach: Reach::Private }
    }

    /// A salt that is committed beside the findings. Values that can be guessed are hashed slowly.
    pub fn public(salt: [u8; 32]) -> Self {
        Self { key: Secret::new(salt), reach: Reach::Public }
    }

    /// Names the key itself, so that it can be told whether two files of fingerprints belong together.
    pub fn name(&self) -> String {
        let whole = mac(self.key.expose(), &[b"key", &[self.salt().is_some().into()]]);
        hex::encode(whole.first_chunk::<8>().unwrap_or(&[0; 8]))
    }

    /// The salt, if it is no secret.
    pub fn salt(&self) -> Option<[u8; 32]> {
        match self.reach {
            Reach::Public => Some(*self.key.expose()),
            Reach::Private => None,
        }
    }

    /// A key for another purpose. None if everybody can know this one.
    pub(crate) fn derive(&self, purpose: &[u8]) -> Option<[u8; 32]> {
        match self.reach {
            Reach::Private => Some(mac(self.key.expose(), &[b"derived", &[0], purpose])),
            Reach::Public => None,
        }
    }

    /// Names the finding of `value` by `rule`.
    pub fn fingerprint(&self, rule: &RuleId, value: &str) -> Fingerprint {
        let value = normal(value);
        let key = match self.reach {
            Reach::Public if bits(&value) < GUESSABLE_BITS => stretched(self.key.expose(), value.as_bytes()),
            Reach::Public | Reach::Private => *self.key.expose(),
        };
        let whole = mac(&key, &[b"finding", &[0], rule.as_str().as_bytes(), &[0], value.as_bytes()]);
        let mut short = [0; 16];
        short.copy_from_slice(whole.first_chunk::<16>().unwrap_or(&[0; 16]));
        Fingerprint(short)
    }
}

/// Names a finding: 32 digits of hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 32 digits of lower-case hex")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        hex::decode_exactly(text).map(Self).ok_or(NoFingerprint)
    }
}

/// The value without what differs from place to place although the secret is the same: white space around it, and in a
/// key that goes over lines the line ends and indentation, written out or as `\n`.
fn normal(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    if !value.contains("-----BEGIN") {
        return Cow::Borrowed(value);
    }
    let joined = value.replace("\\r", "").replace("\\n", "");
    Cow::Owned(joined.chars().filter(|character| !character.is_whitespace() && *character != '\\').collect())
}

/// About how many bits one would have to guess, at most: as if each character were drawn from those that occur.
fn bits(value: &str) -> f64 {
    let mut seen: Vec<char> = value.chars().collect();
    let length = seen.len();
    seen.sort_unstable();
    seen.dedup();
    let [length, kinds] = [length, seen.len()].map(|number| f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
    length * kinds.max(1.0).log2()
}

/// PBKDF2 with HMAC-SHA256, one block.
fn stretched(salt: &[u8; 32], value: &[u8]) -> [u8; 32] {
    let keyed = keyed(value);
    let once = |parts: &[&[u8]]| -> [u8; 32] {
        let mut mac = keyed.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    };
    let mut block = once(&[salt, &1_u32.to_be_bytes()]);
    let mut sum = block;
    for _ in 1..STRETCH {
        block = once(&[&block]);
        sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

/// HMAC-SHA256 of the parts, one after the other.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA256 under a key of any length.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    let short: [u8; 32];
    let key = if key.len() > block.len() {
        short = Sha256::digest(key).into();
        &short
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(key: &IdentityKey, value: &str) -> Fingerprint {
        key.fingerprint(&RuleId::parse("made-up").unwrap(), value)
    }

    #[test]
    fn a_key_is_the_same_however_it_is_wrapped_and_indented() {
        let key = IdentityKey::private([7; 32]);
        let flat = ["-----BEGIN X", "KEY-----\\nabc\\ndef\\n-----END X", "KEY-----"].join(" ");
        let indented = flat.replace("\\n", "\n    ");
        assert_eq!(name(&key, &flat), name(&key, &indented));
        assert_ne!(name(&key, &flat), name(&key, &flat.replace("abc", "abd")));
        assert_eq!(name(&key, " value\n"), name(&key, "value"));
    }

    #[test]
    fn the_rule_and_the_key_make_a_difference() {
        let one = IdentityKey::private([1; 32]);
        let other = RuleId::parse("other").unwrap();
        assert_ne!(name(&one, "value"), one.fingerprint(&other, "value"));
        assert_ne!(name(&one, "value"), name(&IdentityKey::private([2; 32]), "value"));
        assert_ne!(name(&one, "value"), name(&IdentityKey::public([1; 32]), "value"));
    }

    #[test]
    fn only_what_can_be_guessed_is_hashed_slowly() {
        assert!(bits("correct horse") < GUESSABLE_BITS);
        assert!(bits("Summer2024!") < GUESSABLE_BITS);
        assert!(bits("0123456789abcdef0123456789abcdef") > GUESSABLE_BITS);
    }

    #[test]
    fn the_slow_hash_is_pbkdf2() {
        // The same as Python's hashlib.pbkdf2_hmac("sha256", b"password", bytes([9] * 32), 100000).
        let expected = "18286749b7c373d8a3467c28590f2b82";
        assert_eq!(Fingerprint(stretched(&[9; 32], b"password")[..16].try_into().unwrap()).to_string(), expected);
    }

    #[test]
    fn hmac_is_that_of_the_standard_for_keys_of_every_length() {
        for length in [0, 1, 63, 64, 65, 200] {
            let key = vec![3; length];
            let expected = <Hmac<Sha256>>::new_from_slice(&key).unwrap().chain_update(b"text").finalize();
            assert_eq!(keyed(&key).chain_update(b"text").finalize(), expected, "{length}");
        }
    }

    proptest! {
        #[test]
        fn a_fingerprint_can_be_read_back(value in "\\PC{0,30}") {
            let name = name(&IdentityKey::private([7; 32]), &value);
            prop_assert_eq!(name.to_string().parse(), Ok(name));
        }
    }
}
