//! Values in base58 that end in a checksum: the first four bytes of the double SHA-256 of the rest. Keys of Bitcoin and
//! of its kin, and of Tezos.

use super::{Proof, Verdict};
use sha2::{Digest as _, Sha256};

pub(super) const PROOF: Proof = Proof { name: "base58check", judge, complete: None };

const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Length of the checksum.
const TAIL: usize = 4;

/// Longest text that is decoded: the work grows with the square of it.
const LONGEST: usize = 256;

fn judge(value: &[u8]) -> Verdict {
    if checked(value).is_some() { Verdict::Proven } else { Verdict::Refuted }
}

/// What a value holds, without its checksum; `None` if the checksum does not fit.
pub(super) fn checked(value: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = decode(value)?;
    let tail = bytes.split_off(bytes.len().checked_sub(TAIL)?);
    (checksum(&bytes) == tail).then_some(bytes)
}

/// Writes bytes and their checksum.
pub(super) fn with_checksum(mut bytes: Vec<u8>) -> String {
    let tail = checksum(&bytes);
    bytes.extend_from_slice(&tail);
    encode(&bytes)
}

fn checksum(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(Sha256::digest(bytes)).iter().take(TAIL).copied().collect()
}

/// The bytes of a number written in base58; a leading `1` is a leading zero.
pub(super) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() > LONGEST {
        return None;
    }
    // Least byte first, while it grows.
    let mut number: Vec<u8> = Vec::with_capacity(value.len());
    for character in value {
        let mut carry = DIGITS.iter().position(|digit| digit == character)?;
        for byte in &mut number {
            carry += usize::from(*byte) * 58;
            let [low, ..] = carry.to_le_bytes();
            *byte = low;
            carry >>= 8;
        }
        let [low, ..] = carry.to_le_bytes();
        if low > 0 {
            number.push(low);
        }
    }
    let zeros = value.iter().take_while(|character| **character == b'1').count();
    number.extend(std::iter::repeat_n(0, zeros));
    number.reverse();
    Some(number)
}

fn encode(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let mut carry = usize::from(*byte);
        for digit in &mut digits {
            carry += usize::from(*digit) << 8;
            let [low, ..] = (carry % 58).to_le_bytes();
            *digit = low;
            carry /= 58;
        }
        while carry > 0 {
            let [low, ..] = (carry % 58).to_le_bytes();
            digits.push(low);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let written = digits.iter().rev().filter_map(|digit| DIGITS.get(usize::from(*digit)));
    std::iter::repeat_n(&b'1', zeros).chain(written).map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_as_others_do() {
        assert_eq!(decode(b"2NEpo7TZRRrLZSi2U"), Some(b"Hello World!".to_vec()));
        assert_eq!(decode(b"11233QC4"), Some(vec![0, 0, 0x28, 0x7f, 0xb4, 0xcd]));
        assert_eq!(decode(b"0OIl"), None);
        assert_eq!(decode(&[b'2'; 300]), None);
    }

    #[test]
    fn the_address_of_the_first_block_fits_its_checksum() {
        assert_eq!(judge(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), Verdict::Proven);
        assert_eq!(judge(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), Verdict::Refuted);
        assert_eq!(judge(b"111"), Verdict::Refuted);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes in prop::collection::vec(any::<u8>(), 0..90)) {
            prop_assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes.clone()));
            prop_assert_eq!(checked(with_checksum(bytes.clone()).as_bytes()), Some(bytes));
        }
    }
}
