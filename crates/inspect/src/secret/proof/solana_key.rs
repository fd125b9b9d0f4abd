//! Pairs of keys of Solana: 64 bytes, the secret half first, in base58 or as a row of numbers.

use super::{Proof, Verdict, base58};
use sha2::{Digest as _, Sha256};

pub(super) const PROOF: Proof = Proof { name: "solana-key", judge, complete: Some(complete) };

/// Length of both halves.
const LENGTH: usize = 64;

fn judge(value: &[u8]) -> Verdict {
    let bytes = if value.contains(&b',') { numbers(value) } else { base58::decode(value) };
    match bytes {
        // A row of equal or ascending numbers is a table.
        Some(bytes) if bytes.len() == LENGTH && !bytes.is_sorted() => Verdict::Fits,
        Some(_) | None => Verdict::Refuted,
    }
}

fn numbers(row: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(row).ok()?.split(',').map(|number| number.trim().parse().ok()).collect()
}

/// A row of numbers, made of what stands before it.
#[expect(clippy::unnecessary_wraps, reason = "some proofs can not be completed")]
fn complete(before: &str) -> Option<String> {
    let first = Sha256::digest(before);
    let bytes = [first.as_slice(), Sha256::digest(first).as_slice()].concat();
    Some(bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_sixty_four_bytes_in_either_form() {
        let row = |number: fn(usize) -> usize, length: usize| {
            (0..length).map(|at| number(at).to_string()).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(judge(row(|at| at * 37 % 256, 64).as_bytes()), Verdict::Fits);
        assert_eq!(judge(row(|at| at * 37 % 256, 63).as_bytes()), Verdict::Refuted);
        assert_eq!(judge(row(|at| at * 37, 64).as_bytes()), Verdict::Refuted);
        assert_eq!(judge(row(|at| at, 64).as_bytes()), Verdict::Refuted);
        assert_eq!(judge("5K".repeat(44).as_bytes()), Verdict::Fits);
        assert_eq!(judge("5K".repeat(20).as_bytes()), Verdict::Refuted);
    }
}
