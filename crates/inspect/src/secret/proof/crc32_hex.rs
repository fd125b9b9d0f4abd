//! Tokens that end in a checksum of eight hexadecimal digits, upper case: the CRC-32 of all that stands before it,
//! prefix and `=` included. Atlassian's do, though it does not say so; hence a wrong checksum does not refute.

use super::crc32::crc32;
use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "crc32-hex", judge, complete: Some(complete) };

/// Length of the checksum.
const TAIL: usize = 8;

fn judge(value: &[u8]) -> Verdict {
    let parts = value.len().checked_sub(TAIL).and_then(|at| value.split_at_checked(at));
    match parts {
        Some((body, tail)) if checksum(body).as_bytes() == tail => Verdict::Proven,
        Some(_) | None => Verdict::Fits,
    }
}

/// The token is what follows the last white space, quote, or sign that assigns; the `=` at its end belongs to it.
fn complete(before: &str) -> Option<String> {
    let body = before.trim_end_matches('=');
    let starts = body.rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).map_or(0, |at| at + 1);
    before.get(starts..).map(|token| checksum(token.as_bytes()))
}

fn checksum(body: &[u8]) -> String {
    format!("{:08X}", crc32(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_proves_and_its_absence_says_nothing() {
        let body = format!("AT{}ab-_=", "x".repeat(20));
        let tail = complete(&format!("TOKEN=\"{body}")).unwrap();
        assert_eq!(judge(format!("{body}{tail}").as_bytes()), Verdict::Proven);
        assert_eq!(judge(format!("{body}{}", tail.to_lowercase() + "g").as_bytes()), Verdict::Fits);
        assert_eq!(judge(b"AT="), Verdict::Fits);
    }

    #[test]
    fn is_eight_digits_long() {
        assert_eq!(checksum(b"123456789"), "CBF43926");
    }
}
