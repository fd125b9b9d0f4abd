//! The checksum of card numbers.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "luhn", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let digits: Vec<u32> =
        value.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    if digits.len() > 1 && sum.is_multiple_of(10) { Verdict::Fits } else { Verdict::Refuted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_refutes() {
        assert_eq!(judge(b"7992739871-3"), Verdict::Fits);
        assert_eq!(judge(b"79927398714"), Verdict::Refuted);
        assert_eq!(judge(b""), Verdict::Refuted);
    }
}
