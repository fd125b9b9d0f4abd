//! Values that are base64 of a JSON object.

use super::{Proof, Verdict, base64_bytes};

pub(super) const PROOF: Proof = Proof { name: "base64-json", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let body = value.iter().rposition(|byte| *byte == b'_').map_or(value, |at| value.get(at + 1..).unwrap_or_default());
    let object = |text: &[u8]| {
        let parsed = base64_bytes(text).and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        parsed.is_some_and(|value| value.is_object())
    };
    // An underscore may be part of a prefix, or a digit of the URL-safe alphabet.
    if object(value) || object(body) { Verdict::Proven } else { Verdict::Refuted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_an_object() {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        assert_eq!(judge(encode(r#"{"k":"v"}"#).as_bytes()), Verdict::Proven);
        assert_eq!(judge(format!("glc_{}", encode(r#"{"k":1}"#)).as_bytes()), Verdict::Proven);
        assert_eq!(judge(encode("[1]").as_bytes()), Verdict::Refuted);
        assert_eq!(judge(b"!!"), Verdict::Refuted);
    }
}
