//! Text that may be private: prompts, replies, tool arguments, file contents. It is kept apart from everything else in
//! an event, so that the ledger can seal it, or leave it out, without looking for it.

use crate::Rest;
use serde::{Deserialize, Serialize};

/// One piece of private text, by what is left of it. [`Content::Omitted`] is a closed shape: it never gets more fields.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Content {
    /// The text itself. It exists on the road only; the ledger never writes it.
    Clear(String),
    /// Encrypted; whoever holds the session's key can read it, and nobody can once that key is erased.
    Sealed(Sealed),
    /// Left out. The keyed fingerprint still answers whether two texts were the same.
    Omitted {
        /// HMAC-SHA256 of the text under the ledger's fingerprint key, in hex.
        fingerprint: String,
        /// Length of the text in bytes.
        length: u64,
    },
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Clear(text) => write!(f, "Clear([{} bytes redacted])", text.len()),
            Self::Sealed(sealed) => sealed.fmt(f),
            Self::Omitted { fingerprint, length } => write!(f, "Omitted({fingerprint}, {length} bytes)"),
        }
    }
}

/// Where sealed text lies and which key opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Names the key, which is kept outside the log.
    pub key: String,
    /// SHA-256 of the ciphertext in hex: the record commits to it.
    pub sha256: String,
    /// Length of the clear text in bytes.
    pub length: u64,
    /// Keyed fingerprint of the clear text, as in [`Content::Omitted`].
    pub fingerprint: String,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Ciphertext on its way to the log, beside the record that commits to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBytes {
    /// SHA-256 of `bytes`, as the record names it.
    pub sha256: [u8; 32],
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}
