//! Client secrets of Microsoft Entra: the last three characters are the first half of a checksum of the others.

use super::{Proof, Verdict, marvin};

pub(super) const PROOF: Proof = Proof { name: "azure-client-secret", judge, complete: Some(complete) };

const DIGITS: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// Length of what is kept of the checksum.
const TAIL: usize = 3;

fn judge(value: &[u8]) -> Verdict {
    let Some((body, tail)) = value.split_last_chunk::<TAIL>() else { return Verdict::Refuted };
    // Older ones have a 7 in the mark and no checksum.
    let has_checksum = value.get(3..6) == Some(b"8Q~");
    if has_checksum && checksum(body) == *tail { Verdict::Proven } else { Verdict::Fits }
}

fn complete(before: &str) -> Option<String> {
    let body = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '=' | ':' | '"')).next()?;
    String::from_utf8(checksum(body.as_bytes()).to_vec()).ok()
}

fn checksum(body: &[u8]) -> [u8; TAIL] {
    let mut rest = marvin::checksum(body, u64::from_be_bytes(*b"AadPwd00"));
    let mut digits = [b'a'; TAIL * 2];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((rest % 66) as usize).copied().unwrap_or(b'a');
        rest /= 66;
    }
    let [a, b, c, ..] = digits;
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_proves_a_secret() {
        // What Microsoft's own tests expect of a secret of one letter.
        assert_eq!(&checksum(format!("zzz8Q~{}", "z".repeat(31)).as_bytes()), b"blP");
        let body = format!("q1Z8Q~{}", "k3_".repeat(10));
        let secret = format!("{body}{}", complete(&format!("secret=\"{body}")).unwrap());
        assert_eq!(judge(secret.as_bytes()), Verdict::Proven);
    }

    #[test]
    fn a_changed_or_older_secret_is_not_proven() {
        assert_eq!(judge(format!("q1Z8Q~{}", "k3_".repeat(11)).as_bytes()), Verdict::Fits);
        assert_eq!(judge(format!("q1Z7Q~{}", "k3_".repeat(11)).as_bytes()), Verdict::Fits);
        assert_eq!(judge(b"q1"), Verdict::Refuted);
    }
}
