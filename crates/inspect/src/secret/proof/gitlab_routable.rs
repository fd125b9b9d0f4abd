//! Routable tokens of GitLab: the last seven digits are the CRC-32 of all that stands before them, in base 36.

use super::{Proof, Verdict, crc32::crc32};

pub(super) const PROOF: Proof = Proof { name: "gitlab-routable", judge, complete: Some(complete) };

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Length of the checksum.
const TAIL: usize = 7;

fn judge(value: &[u8]) -> Verdict {
    let Some((body, tail)) = value.split_last_chunk::<TAIL>() else { return Verdict::Refuted };
    // Instances may be older than the checksum's present form.
    if checksum(body) == *tail { Verdict::Proven } else { Verdict::Fits }
}

fn complete(before: &str) -> Option<String> {
    let body = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).next()?;
    String::from_utf8(checksum(body.as_bytes()).to_vec()).ok()
}

fn checksum(body: &[u8]) -> [u8; TAIL] {
    let mut rest = crc32(body);
    let mut digits = [b'0'; TAIL];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((rest % 36) as usize).copied().unwrap_or(b'0');
        rest /= 36;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_proves_a_token() {
        let body = format!("glpat-{}.01.0r", "q7_".repeat(9));
        let mut token = format!("{body}{}", complete(&format!("t={body}")).unwrap()).into_bytes();
        assert_eq!(judge(&token), Verdict::Proven);
        token[8] = b'x';
        assert_eq!(judge(&token), Verdict::Fits);
        assert_eq!(judge(b"glpat"), Verdict::Refuted);
    }
}
