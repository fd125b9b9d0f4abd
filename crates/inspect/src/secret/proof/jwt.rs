//! JSON web tokens: three parts of base64, the first a JSON object that names an algorithm.

use super::{Proof, Verdict, base64_bytes};

pub(super) const PROOF: Proof = Proof { name: "jwt", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let header = value.split(|byte| *byte == b'.').next().and_then(base64_bytes);
    let header = header.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    match header.and_then(|header| header.get("alg").map(serde_json::Value::is_string)) {
        Some(true) => Verdict::Proven,
        Some(false) | None => Verdict::Refuted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_an_algorithm() {
        let token = |header: &str| {
            use base64::Engine as _;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header) + ".e30.c2ln"
        };
        assert_eq!(judge(token(r#"{"alg":"HS256","typ":"JWT"}"#).as_bytes()), Verdict::Proven);
        assert_eq!(judge(token(r#"{"typ":"JWT"}"#).as_bytes()), Verdict::Refuted);
        assert_eq!(judge(b"eyJhb.x.y"), Verdict::Refuted);
    }
}
