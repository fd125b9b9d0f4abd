//! Private keys in text armour: the body is base64 of a DER sequence, or of an OpenSSH key.

use super::{Proof, Verdict, base64_bytes};

pub(super) const PROOF: Proof = Proof { name: "pem", judge, complete: None };

/// A body shorter than this is a sketch of a key.
const SHORTEST: usize = 40;

fn judge(value: &[u8]) -> Verdict {
    let body = body(value);
    // What is left out was left out on purpose: a sketch of a key, as manuals have it.
    if body.len() < SHORTEST || value.windows(3).any(|window| window == b"...") {
        return Verdict::Refuted;
    }
    // A cut or re-wrapped body may not decode, and an encrypted one has headers; both are keys all the same.
    let Some(bytes) = base64_bytes(&body) else { return Verdict::Fits };
    if is_sequence(&bytes) || bytes.starts_with(b"openssh-key-v1\0") { Verdict::Proven } else { Verdict::Fits }
}

/// The base64 between the dashes of the first line and those of the last; `\n` written as an escape counts as a line end.
fn body(value: &[u8]) -> Vec<u8> {
    let start = value.windows(5).skip(5).position(|window| window == b"-----").map_or(0, |at| at + 10);
    let rest = value.get(start..).unwrap_or_default();
    let end = rest.windows(5).position(|window| window == b"-----").unwrap_or(rest.len());
    let mut out = Vec::with_capacity(end);
    let mut bytes = rest.get(..end).unwrap_or_default().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next_if(|next| matches!(next, b'n' | b'r' | b't' | b'\\'));
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => out.push(byte),
            _ => {}
        }
    }
    out
}

/// A DER sequence whose length is the length of what is there.
fn is_sequence(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        [0x30, 0x82, high, low, rest @ ..] => rest.len() == usize::from(*high) << 8 | usize::from(*low),
        [0x30, length, rest @ ..] => *length < 0x80 && rest.len() == usize::from(*length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    fn armour(body: &[u8], line_end: &str) -> Vec<u8> {
        let body = base64::engine::general_purpose::STANDARD.encode(body);
        let dashes = "-----";
        format!("{dashes}BEGIN PRIVATE KEY{dashes}{line_end}{body}{line_end}{dashes}END PRIVATE KEY{dashes}")
            .into_bytes()
    }

    #[test]
    fn a_whole_sequence_is_a_proof() {
        let der = [&[0x30, 0x3e][..], &[7; 62]].concat();
        assert_eq!(judge(&armour(&der, "\n")), Verdict::Proven);
        assert_eq!(judge(&armour(&der, "\\n")), Verdict::Proven);
        assert_eq!(judge(&armour(&der[..50], "\n")), Verdict::Fits);
    }

    #[test]
    fn a_sketch_of_a_key_is_none() {
        assert_eq!(judge(&armour(b"...", "\n")), Verdict::Refuted);
        let cut = [armour(&[7; 62], "\n"), armour(&[7; 62], "\n...\n")].concat();
        assert_eq!(judge(&cut), Verdict::Refuted);
        assert_eq!(judge(b"-----BEGIN"), Verdict::Refuted);
    }
}
