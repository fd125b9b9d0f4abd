//! Tokens of three parts: a header and a payload that decode to JSON, and a signature that nobody made.

use super::Stream;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Whether this has the three parts of a signed token.
pub(super) fn fits(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_letter))
        && parts.iter().take(2).all(|part| part.starts_with("eyJ"))
        && value.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// More than 200 bits that nobody can guess: in the subject, and in a signature as long as that of HS256.
pub(super) fn make(stream: &mut Stream<'_>) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"{}"}}"#, stream.word(14)));
    // The last of 43 letters stands for four bits and two zeros.
    let signature = stream.word(42);
    format!("{header}.{payload}.{signature}{}", stream.one_of(b"AEIMQUYcgkosw048"))
}
