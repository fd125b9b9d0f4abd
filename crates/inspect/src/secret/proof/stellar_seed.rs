//! Secret seeds of Stellar: base32 of a byte for the sort, 32 bytes of seed, and a CRC-16.

use super::{Proof, Verdict};
use sha2::{Digest as _, Sha256};

pub(super) const PROOF: Proof = Proof { name: "stellar-seed", judge, complete: Some(complete) };

const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The sort whose first character is an `S`.
const SEED: u8 = 18 << 3;

fn judge(value: &[u8]) -> Verdict {
    let bytes = decode(value).unwrap_or_default();
    match bytes.split_last_chunk::<2>() {
        Some((body, tail)) if body.len() == 33 && body.first() == Some(&SEED) && crc16(body).to_le_bytes() == *tail => {
            Verdict::Proven
        }
        Some(_) | None => Verdict::Refuted,
    }
}

/// A seed, made of what stands before it.
fn complete(before: &str) -> Option<String> {
    let mut bytes = [&[SEED], Sha256::digest(before).as_slice()].concat();
    bytes.extend_from_slice(&crc16(&bytes).to_le_bytes());
    let bits: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let digit = |bits: &[bool]| DIGITS.get(bits.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit)));
    bits.chunks(5).map(digit).map(|it| it.copied().map(char::from)).collect()
}

fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let numbers: Option<Vec<usize>> = value.iter().map(|byte| DIGITS.iter().position(|digit| digit == byte)).collect();
    let bits: Vec<bool> =
        numbers?.iter().flat_map(|number| (0..5).rev().map(move |bit| number >> bit & 1 == 1)).collect();
    Some(bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect())
}

/// CRC-16 as XMODEM has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_checksum_that_xmodem_uses() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn proves_a_seed_and_no_address() {
        let seed = complete("seed").unwrap();
        assert_eq!((seed.len(), seed.starts_with('S'), judge(seed.as_bytes())), (56, true, Verdict::Proven));
        let other = seed.replace(seed.chars().nth(20).unwrap(), if seed.contains('Q') { "R" } else { "Q" });
        assert_eq!(judge(other.as_bytes()), Verdict::Refuted);
        assert_eq!(judge(b"SHORT"), Verdict::Refuted);
    }
}
