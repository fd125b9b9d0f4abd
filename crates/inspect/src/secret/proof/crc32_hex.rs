//! Tokens that end in a checksum of eight hexadecimal digits, the CRC-32 of what stands before it. Atlassian counts all
//! of it and writes upper case; Grafana writes the lowest byte first and leaves out the `_` before it; Cloudflare does
//! not say whether its prefix counts. Hence a wrong checksum does not refute.

use super::crc32::crc32;
use super::{Proof, Verdict};

pub(super) const PROOF: Proof = Proof { name: "crc32-hex", judge, complete: Some(complete) };

/// Length of the checksum.
const TAIL: usize = 8;

fn judge(value: &[u8]) -> Verdict {
    let Some((body, tail)) = value.split_last_chunk::<TAIL>() else { return Verdict::Fits };
    let short = body.strip_suffix(b"_").unwrap_or(body);
    let bare = short.iter().position(|byte| *byte == b'_').and_then(|at| short.get(at + 1..)).unwrap_or(short);
    let fits = |counted: &[u8]| {
        let sum = crc32(counted);
        [sum, sum.swap_bytes()].iter().any(|sum| format!("{sum:08X}").as_bytes().eq_ignore_ascii_case(tail))
    };
    if [body, short, bare].into_iter().any(fits) { Verdict::Proven } else { Verdict::Fits }
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
    fn the_lowest_byte_may_come_first_and_the_prefix_may_not_count() {
        let body = format!("glsa_{}", "q7".repeat(16));
        let first = crc32(body.as_bytes()).swap_bytes();
        assert_eq!(judge(format!("{body}_{first:08x}").as_bytes()), Verdict::Proven);
        let bare = "q7".repeat(20);
        assert_eq!(judge(format!("cfut_{bare}{:08x}", crc32(bare.as_bytes())).as_bytes()), Verdict::Proven);
        assert_eq!(judge(format!("cfut_{bare}00000000").as_bytes()), Verdict::Fits);
    }

    #[test]
    fn is_eight_digits_long() {
        assert_eq!(checksum(b"123456789"), "CBF43926");
    }
}
