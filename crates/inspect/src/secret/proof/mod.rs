//! Offline proofs: what a value shows by itself, without asking its issuer. One file for each form.

mod age_key;
mod aws_key_id;
mod azure_client_secret;
mod azure_key;
mod base58;
mod base64_json;
mod base64_jwt;
mod base64_utf8;
mod bech32;
mod bip39;
mod crc32;
mod crc32_hex;
mod ethereum_key;
mod extended_key;
mod gitlab_routable;
mod jwt;
mod luhn;
mod marvin;
mod mixed;
mod pem;
mod solana_key;
mod stellar_seed;
mod uuid;
mod wif;

/// What a proof says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can't be anything else: a checksum fits, or a structure is whole.
    Proven,
    /// Nothing speaks against it.
    Fits,
    /// It is not what it looks like.
    Refuted,
}

/// A proof, by the name that rule files call it.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// The name.
    pub name: &'static str,
    /// Judges a value.
    pub judge: fn(&[u8]) -> Verdict,
    /// Works out the checksum that has to follow a text, where there is one. Examples are made with it.
    pub complete: Option<fn(&str) -> Option<String>>,
}

static PROOFS: &[Proof] = &[
    age_key::PROOF,
    aws_key_id::PROOF,
    azure_client_secret::PROOF,
    azure_key::PROOF,
    base64_json::PROOF,
    base64_utf8::PROOF,
    base58::PROOF,
    bech32::PROOF,
    bip39::PROOF,
    crc32::PROOF,
    crc32_hex::PROOF,
    gitlab_routable::PROOF,
    ethereum_key::PROOF,
    extended_key::PROOF,
    base64_jwt::PROOF,
    jwt::PROOF,
    luhn::PROOF,
    mixed::PROOF,
    pem::PROOF,
    solana_key::PROOF,
    stellar_seed::PROOF,
    uuid::PROOF,
    wif::PROOF,
];

/// All proofs there are.
pub fn proofs() -> &'static [Proof] {
    PROOFS
}

/// The proof of this name.
pub fn proof(name: &str) -> Option<&'static Proof> {
    PROOFS.iter().find(|proof| proof.name == name)
}

/// Decodes base64 of either alphabet, with or without padding and line ends.
pub(crate) fn base64_bytes(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::alphabet::URL_SAFE;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
    let one_alphabet = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => *other,
    };
    let text: Vec<u8> = text.iter().filter(|byte| !byte.is_ascii_whitespace()).map(one_alphabet).collect();
    ENGINE.decode(text).ok()
}
