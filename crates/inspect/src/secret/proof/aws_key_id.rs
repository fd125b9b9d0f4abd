//! Access key ids of AWS: base32 that holds an account number.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "aws-key-id", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let body = value.get(4..).unwrap_or_default();
    let decoded = body.iter().try_fold(0_u128, |sum, byte| Some(sum << 5 | u128::from(digit(*byte)?)));
    // Twelve decimal digits is all that an account number may have. Forty bits hold the first six bytes without the first.
    match decoded {
        Some(bits) if body.len() == 16 => {
            let account = (bits >> 39) & 0xFF_FFFF_FFFF;
            // Ids from before 2019 start with I or J and hold no account.
            if matches!(body.first(), Some(b'I' | b'J')) || account < 1_000_000_000_000 {
                Verdict::Fits
            } else {
                Verdict::Refuted
            }
        }
        _ => Verdict::Refuted,
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_digits_that_base32_does_not_have() {
        assert_eq!(judge(format!("AKIA{}", "Q3".repeat(8)).as_bytes()), Verdict::Fits);
        assert_eq!(judge(format!("AKIA{}", "Q1".repeat(8)).as_bytes()), Verdict::Refuted);
        assert_eq!(judge(b"AKIAQ3Q3"), Verdict::Refuted);
    }
}
