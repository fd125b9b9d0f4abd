//! Secret keys of age: bech32, the last six characters of which are a checksum of the others.

use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "age-key", judge, complete: Some(complete) };

const DIGITS: &[u8; 32] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

/// Length of the checksum.
const TAIL: usize = 6;

fn judge(value: &[u8]) -> Verdict {
    let Some(at) = value.iter().rposition(|byte| *byte == b'1') else { return Verdict::Refuted };
    let (prefix, data) = (value.get(..at).unwrap_or_default(), value.get(at + 1..).unwrap_or_default());
    let digits: Option<Vec<u8>> = data.iter().map(|byte| digit(*byte)).collect();
    match digits {
        Some(digits) if sum(prefix, &digits) == 1 => Verdict::Proven,
        // One that was mistyped or made up opens nothing, but may stand where a real one stood.
        Some(_) => Verdict::Fits,
        None => Verdict::Refuted,
    }
}

fn digit(byte: u8) -> Option<u8> {
    DIGITS.iter().position(|it| *it == byte.to_ascii_uppercase()).and_then(|at| u8::try_from(at).ok())
}

fn complete(before: &str) -> Option<String> {
    let key = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()?;
    let (prefix, data) = key.rsplit_once('1')?;
    let mut digits: Vec<u8> = data.bytes().map(digit).collect::<Option<_>>()?;
    digits.extend([0; TAIL]);
    let sum = sum(prefix.as_bytes(), &digits) ^ 1;
    (0..TAIL).rev().map(|at| DIGITS.get((sum >> (at * 5) & 31) as usize).map(|byte| char::from(*byte))).collect()
}

/// The polynomial checksum of bech32 over the prefix and the digits; 1 where they fit.
fn sum(prefix: &[u8], digits: &[u8]) -> u32 {
    const STEPS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let prefix: Vec<u8> = prefix.to_ascii_lowercase();
    let high = prefix.iter().map(|byte| byte >> 5);
    let low = prefix.iter().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(digits.iter().copied()).fold(1, |sum, digit| {
        let top = sum >> 25;
        let next = (sum & 0x1ff_ffff) << 5 ^ u32::from(digit);
        STEPS.iter().enumerate().fold(next, |next, (at, step)| if top >> at & 1 == 1 { next ^ step } else { next })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_proves_a_key() {
        let body = format!("AGE-SECRET-KEY-1{}", "GFPYYSJZ".repeat(6) + "GFPQ");
        // The key that the format's own tests use.
        assert_eq!(complete(&body).unwrap(), "4EGAEX");
        let key = format!("{body}4EGAEX");
        assert_eq!(judge(key.as_bytes()), Verdict::Proven);
        assert_eq!(judge(key.replacen("GFPY", "GFPX", 1).as_bytes()), Verdict::Fits);
        assert_eq!(judge(b"AGE-SECRET-KEY-1BIO"), Verdict::Refuted);
        assert_eq!(judge(b"AGE"), Verdict::Refuted);
    }
}
