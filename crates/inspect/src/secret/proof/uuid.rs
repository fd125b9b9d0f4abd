//! UUIDs: version and variant are those that generators write, and it is not all one digit.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "uuid", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let digits: Vec<u8> = value.iter().filter(|byte| byte.is_ascii_hexdigit()).map(u8::to_ascii_lowercase).collect();
    let known =
        matches!(digits.get(12), Some(b'1'..=b'8')) && matches!(digits.get(16), Some(b'8' | b'9' | b'a' | b'b'));
    let same = digits.iter().filter(|digit| Some(*digit) == digits.first()).count() > 24;
    if digits.len() == 32 && known && !same { Verdict::Fits } else { Verdict::Refuted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_version_and_variant() {
        assert_eq!(judge(b"6fa459ea-ee8a-4ca4-894e-db77e160355e"), Verdict::Fits);
        assert_eq!(judge(b"6fa459ea-ee8a-0ca4-894e-db77e160355e"), Verdict::Refuted);
        assert_eq!(judge(b"11111111-1111-1111-8111-111111111111"), Verdict::Refuted);
    }
}
