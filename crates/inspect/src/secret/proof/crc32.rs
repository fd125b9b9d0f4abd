//! Tokens that end in a checksum: six base62 digits, the CRC-32 of what stands between the prefix and them.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "crc32-base62", judge, complete: Some(complete) };

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Length of the checksum.
const TAIL: usize = 6;

fn judge(value: &[u8]) -> Verdict {
    let body = value.iter().rposition(|byte| *byte == b'_').map_or(0, |at| at + 1);
    let Some((body, tail)) = value.get(body..).and_then(|rest| rest.split_at_checked(rest.len().checked_sub(TAIL)?))
    else {
        return Verdict::Refuted;
    };
    if checksum(body) == tail { Verdict::Proven } else { Verdict::Refuted }
}

fn complete(before: &str) -> Option<String> {
    let body = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
    String::from_utf8(checksum(body.as_bytes()).to_vec()).ok()
}

fn checksum(body: &[u8]) -> [u8; TAIL] {
    let mut rest = crc32(body);
    let mut digits = [b'0'; TAIL];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}

/// CRC-32 as zip has it, bit by bit: tokens are short.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_checksum_that_zip_uses() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn one_changed_character_refutes() {
        let body = "q".repeat(30);
        let mut token = format!("ghp_{body}{}", complete(&body).unwrap()).into_bytes();
        assert_eq!(judge(&token), Verdict::Proven);
        token[10] = b'r';
        assert_eq!(judge(&token), Verdict::Refuted);
        assert_eq!(judge(b"ghp_"), Verdict::Refuted);
    }
}
