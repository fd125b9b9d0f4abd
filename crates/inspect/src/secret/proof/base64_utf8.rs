//! Values that are base64 of text.

use super::{Proof, Verdict, base64_bytes};

pub(super) const PROOF: Proof = Proof { name: "base64-utf8", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let text = base64_bytes(value).and_then(|bytes| String::from_utf8(bytes).ok());
    if text.is_some_and(|text| !text.is_empty() && !text.chars().any(char::is_control)) {
        Verdict::Fits
    } else {
        Verdict::Refuted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_text() {
        assert_eq!(judge(b"dXNlcjpwYXNz"), Verdict::Fits);
        assert_eq!(judge(b"/////w=="), Verdict::Refuted);
    }
}
