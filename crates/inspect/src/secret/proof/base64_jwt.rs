//! A JSON web token in base64, as it is passed on in settings: what it decodes to has a token's parts, the first of them
//! a JSON object. Which members it has does not matter: by chance nothing decodes twice.

use super::{Proof, Verdict, base64_bytes};

pub(super) const PROOF: Proof = Proof { name: "base64-jwt", judge, complete: None };

fn judge(value: &[u8]) -> Verdict {
    let Some(token) = base64_bytes(value) else { return Verdict::Refuted };
    let mut parts = token.split(|byte| *byte == b'.');
    let header = parts.next().and_then(base64_bytes);
    let header = header.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    if header.is_some_and(|it| it.is_object()) && parts.count() >= 1 { Verdict::Fits } else { Verdict::Refuted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    #[test]
    fn asks_for_an_object_in_base64_twice() {
        let token = |header: &str| STANDARD.encode(URL_SAFE_NO_PAD.encode(header) + ".e30.c2ln");
        assert_eq!(judge(token(r#"{"ver":"2"}"#).as_bytes()), Verdict::Fits);
        assert_eq!(judge(token("[1]").as_bytes()), Verdict::Refuted);
        assert_eq!(judge(STANDARD.encode("eyJ no token").as_bytes()), Verdict::Refuted);
        assert_eq!(judge(b"ZXlK!"), Verdict::Refuted);
    }
}
