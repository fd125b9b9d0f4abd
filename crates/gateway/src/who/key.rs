//! What a key of the gate looks like: a prefix that says whose it is, 160 bits that nobody can guess, and a checksum, so that one
//! is known wherever it turns up, and nothing else is taken for one.

use portcullis_event::Secret;
use portcullis_inspect::secret::proof::{Verdict, proof};
use sha2::{Digest as _, Sha256};

/// What every key begins with.
pub const PREFIX: &str = "portcullis_";

/// How many digits hold 160 bits.
const DIGITS: usize = 27;

/// How many digits the checksum has.
const TAIL: usize = 6;

/// The checksum, by the name that rules about secrets call it.
const PROOF: &str = "crc32-base62";

/// So many characters behind the prefix are a key that somebody has cut or changed.
const MOST_OF_IT: usize = 20;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What is kept of a key. Nobody finds the key of 160 random bits from it, so it needs no salt and no slow hash.
pub type Fingerprint = [u8; 32];

/// A key of these random bits.
pub fn fresh(random: [u8; 20]) -> Option<Secret<String>> {
    let digits = base62(random);
    let tail = proof(PROOF)?.complete.and_then(|complete| complete(&digits))?;
    Some(Secret::new([PREFIX, &digits, &tail].concat()))
}

/// Whether a text has the form of a key, checksum included.
pub fn is_one(text: &str) -> bool {
    let body = text.strip_prefix(PREFIX).unwrap_or_default();
    body.len() == DIGITS + TAIL
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && proof(PROOF).is_some_and(|proof| (proof.judge)(text.as_bytes()) == Verdict::Proven)
}

/// What is kept of a key.
pub fn fingerprint(key: &str) -> Fingerprint {
    Sha256::new_with_prefix("portcullis: a key of the gateway\n").chain_update(key).finalize().into()
}

/// Whether something holds a key of ours or most of one, in whatever case.
pub(crate) fn holds_one(bytes: &[u8]) -> bool {
    let prefix = PREFIX.as_bytes();
    let begins = |part: &[u8]| part.eq_ignore_ascii_case(prefix);
    let ends =
        bytes.windows(prefix.len()).enumerate().filter(|(_, part)| begins(part)).map(|(at, _)| at + prefix.len());
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    ends.into_iter().any(|end| digits(end) >= MOST_OF_IT)
}

fn base62(mut number: [u8; 20]) -> String {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0_u16;
        for byte in &mut number {
            let value = rest * 256 + u16::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *digit = ALPHABET.get(usize::from(rest)).copied().unwrap_or(b'0');
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn key(random: [u8; 20]) -> String {
        fresh(random).unwrap().expose().clone()
    }

    #[test]
    fn no_bit_is_lost() {
        let mut all = HashSet::new();
        for bit in 0..160 {
            let mut random = [0; 20];
            random[bit / 8] = 1 << (bit % 8);
            all.insert(key(random));
        }
        all.extend([key([0; 20]), key([0xff; 20])]);
        assert_eq!(all.len(), 162);
        assert!(all.iter().all(|key| is_one(key) && key.len() == 44));
    }

    #[test]
    fn what_was_cut_doubled_or_written_in_another_case_is_none_and_is_known_all_the_same() {
        let key = key([7; 20]);
        let (cut, doubled) = (key.get(..key.len() - 1).unwrap().to_owned(), key.repeat(2));
        for bad in [cut, doubled, key.to_lowercase(), key.to_uppercase(), format!("{key} "), format!("x{key}")] {
            assert!(!is_one(&bad) && holds_one(bad.as_bytes()), "{bad}");
        }
        for other in ["", "portcullis_", "portcullis_state_folder", "sk-ant-api03-portcullis"] {
            assert!(!is_one(other) && !holds_one(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn the_rules_about_secrets_know_a_key_and_nothing_that_only_looks_like_one() {
        use portcullis_inspect::{Inspection, Kinds};
        let inspection = Inspection::new(Kinds { secrets: true, personal_data: false, injection: false });
        let rules = |text: &str| -> Vec<String> {
            inspection.look(text.as_bytes(), None).hits.iter().map(|hit| hit.rule.as_str().to_owned()).collect()
        };
        let key = key([9; 20]);
        assert_eq!(rules(&format!("use {key} there")), ["portcullis-gateway-key"]);
        let last = key.chars().last().unwrap();
        let other = if last == 'a' { 'b' } else { 'a' };
        let changed = format!("use {}{other} there", key.get(..key.len() - 1).unwrap());
        assert!(!rules(&changed).contains(&"portcullis-gateway-key".to_owned()), "{changed}");
    }

    proptest! {
        #[test]
        fn one_changed_character_is_noticed(random in any::<[u8; 20]>(), at in 11_usize..44, digit in 0_usize..62) {
            let key = key(random);
            let mut changed = key.clone().into_bytes();
            changed[at] = ALPHABET[digit];
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(is_one(&changed), changed == key);
        }
    }
}
