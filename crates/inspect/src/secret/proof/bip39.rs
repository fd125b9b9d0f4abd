//! Phrases that a wallet can be made of again (BIP-39): twelve to twenty-four words of a list, whose last bits are a
//! checksum of the others.
//!
//! The list is `english.txt` of the standard as it was published (bitcoin/bips, folder `bip-0039`), word for word: the
//! standard is what says which words these are, so there is nothing of our own to put in its place. The standard is under
//! the MIT licence, and so is the reference implementation that it names as the lists' home (trezor/python-mnemonic).

use super::{Proof, Verdict};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

pub(super) const PROOF: Proof = Proof { name: "bip39", judge, complete: Some(complete) };

static LIST: &str = include_str!("bip39_words.txt");

/// Bits that a word stands for.
const BITS: usize = 11;

/// How the phrases begin that documents and test networks share. Who knows them all knows no secret.
const SHARED: [&str; 4] = ["legal winner thank", "letter advice cage", "candy maple cake", "myth like bonus"];

fn words() -> impl Iterator<Item = &'static str> {
    LIST.lines().skip(1)
}

fn judge(value: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(value) else { return Verdict::Refuted };
    let phrase: Vec<&str> = text.split(' ').collect();
    let whole = matches!(phrase.len(), 12 | 15 | 18 | 21 | 24);
    // `abandon abandon … about`, `test test … junk`.
    let few = phrase.iter().collect::<BTreeSet<_>>().len() * 2 < phrase.len();
    if !whole || few || SHARED.iter().any(|start| text.starts_with(start)) {
        return Verdict::Refuted;
    }
    let list: Vec<&str> = words().collect();
    let Some(numbers) = phrase.iter().map(|word| list.binary_search(word).ok()).collect::<Option<Vec<usize>>>() else {
        return Verdict::Refuted;
    };
    // Electrum takes its words from the same list and has another checksum.
    if fits(&numbers) { Verdict::Proven } else { Verdict::Fits }
}

fn bits(numbers: &[usize]) -> Vec<bool> {
    numbers.iter().flat_map(|number| (0..BITS).rev().map(move |bit| number >> bit & 1 == 1)).collect()
}

fn fits(numbers: &[usize]) -> bool {
    let bits = bits(numbers);
    let (entropy, check) = bits.split_at(bits.len() / 33 * 32);
    checksum(entropy).take(check.len()).eq(check.iter().copied())
}

/// The bits of the digest of some bits.
fn checksum(entropy: &[bool]) -> impl Iterator<Item = bool> {
    let bytes: Vec<u8> =
        entropy.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect();
    Vec::from(Sha256::digest(bytes).as_slice())
        .into_iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
}

/// A phrase of twelve words, made of what stands before it.
fn complete(before: &str) -> Option<String> {
    let digest = Sha256::digest(before);
    let entropy: Vec<bool> =
        digest.iter().take(16).flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let all: Vec<bool> = entropy.iter().copied().chain(checksum(&entropy).take(4)).collect();
    let list: Vec<&str> = words().collect();
    let word = |bits: &[bool]| list.get(bits.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit))).copied();
    all.chunks(BITS).map(word).collect::<Option<Vec<&str>>>().map(|phrase| phrase.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_sorted() {
        let list: Vec<&str> = words().collect();
        assert_eq!((list.len(), list.first(), list.last()), (2048, Some(&"abandon"), Some(&"zoo")));
        assert!(list.is_sorted());
    }

    #[test]
    fn the_list_is_that_of_the_standard() {
        let (_, list) = LIST.split_once('\n').unwrap();
        let digest = Sha256::digest(list).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(digest, ["2f5eed53a4727b4bf8880d8f3f199efc", "90e58503646d9ff8eff3a2ed3b24dbda"].concat());
    }

    #[test]
    fn the_vectors_of_the_standard_fit() {
        let numbers = |phrase: &str| -> Vec<usize> {
            let list: Vec<&str> = words().collect();
            phrase.split(' ').map(|word| list.binary_search(&word).unwrap()).collect()
        };
        assert!(fits(&numbers("legal winner thank year wave sausage worth useful legal winner thank yellow")));
        assert!(fits(&numbers(&format!("{}about", "abandon ".repeat(11)))));
        assert!(fits(&numbers(&format!("{}vote", "zoo ".repeat(23)))));
        assert!(!fits(&numbers(&format!("{}zoo", "abandon ".repeat(11)))));
    }

    #[test]
    fn proves_a_phrase_and_drops_what_everybody_shares() {
        let phrase = complete("seed").unwrap();
        assert_eq!(judge(phrase.as_bytes()), Verdict::Proven);
        let (rest, last) = phrase.rsplit_once(' ').unwrap();
        assert_eq!(judge(format!("{rest} {}", if last == "zoo" { "zone" } else { "zoo" }).as_bytes()), Verdict::Fits);
        assert_eq!(judge(rest.as_bytes()), Verdict::Refuted);
        assert_eq!(judge(format!("{rest} portcullis").as_bytes()), Verdict::Refuted);
        for shared in [
            format!("{}about", "abandon ".repeat(11)),
            format!("{}junk", "test ".repeat(11)),
            "legal winner thank year wave sausage worth useful legal winner thank yellow".to_owned(),
        ] {
            assert_eq!(judge(shared.as_bytes()), Verdict::Refuted, "{shared}");
        }
    }
}
