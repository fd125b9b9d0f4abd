//! Values in bech32: a name, a one, digits, and six more that are a checksum of all before them.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "bech32", judge, complete: Some(complete) };

const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Length of the checksum.
const TAIL: usize = 6;

/// What the checksum of all of it is: of bech32, and of bech32m that came later.
const WHOLE: [u32; 2] = [1, 0x2bc8_30a3];

fn judge(value: &[u8]) -> Verdict {
    // Upper case is allowed, both cases together are not.
    let mixed = value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    let numbers = numbers(&value.to_ascii_lowercase());
    match numbers {
        Some(numbers) if !mixed && WHOLE.contains(&polymod(&numbers)) => Verdict::Proven,
        Some(_) | None => Verdict::Refuted,
    }
}

/// The checksum of the token that stands at the end.
fn complete(before: &str) -> Option<String> {
    let token = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).next()?;
    let mut numbers = numbers(token.to_ascii_lowercase().as_bytes())?;
    numbers.extend([0; TAIL]);
    let rest = polymod(&numbers) ^ 1;
    let digit = |place: usize| DIGITS.get((rest >> (5 * (TAIL - 1 - place)) & 31) as usize);
    (0..TAIL).map(|place| digit(place).copied().map(char::from)).collect()
}

/// What the checksum is made of: the high bits of the name, a zero, its low bits, the digits.
fn numbers(value: &[u8]) -> Option<Vec<u8>> {
    let one = value.iter().rposition(|byte| *byte == b'1').filter(|at| *at > 0)?;
    let (name, rest) = value.split_at(one);
    let digits = rest.iter().skip(1).map(|byte| DIGITS.iter().position(|digit| digit == byte));
    let digits: Vec<u8> = digits.map(|it| it.and_then(|it| u8::try_from(it).ok())).collect::<Option<_>>()?;
    let (high, low) = (name.iter().map(|byte| byte >> 5), name.iter().map(|byte| byte & 31));
    Some(high.chain([0]).chain(low).chain(digits).collect())
}

fn polymod(numbers: &[u8]) -> u32 {
    const STEPS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    numbers.iter().fold(1, |sum, number| {
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(*number);
        STEPS
            .iter()
            .enumerate()
            .fold(shifted, |it, (bit, step)| if sum >> (25 + bit) & 1 == 1 { it ^ step } else { it })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_standard_fit() {
        for whole in ["a12uel5l", "A12UEL5L", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "A1LQFN3A"] {
            assert_eq!(judge(whole.as_bytes()), Verdict::Proven, "{whole}");
        }
        for bad in ["a12uel5m", "A12uel5l", "12uel5l", "abcdef", "pzry9x0s0muk", "a1b2uel5l"] {
            assert_eq!(judge(bad.as_bytes()), Verdict::Refuted, "{bad}");
        }
    }

    #[test]
    fn works_out_the_checksum_of_a_token() {
        let token = format!("nsec1{}", "qpzry9x8".repeat(6));
        let whole = format!("{token}{}", complete(&format!("key = \"{token}")).unwrap());
        assert_eq!(judge(whole.as_bytes()), Verdict::Proven);
    }
}
