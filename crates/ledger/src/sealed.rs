//! Whether the sealed content that lies before a record is what the record commits to.
//!
//! Ciphertexts are no leaves of the tree; the record is, and it holds their hashes. Most records have no sealed content
//! and must not be parsed to know that.

use crate::merkle::Hash;
use portcullis_event::{Content, Record};
use sha2::{Digest as _, Sha256};

/// Ciphertexts that were met since the last record.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    hashes: Vec<Hash>,
}

impl Sealed {
    /// A ciphertext was met.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.hashes.push(Sha256::digest(bytes).into());
    }

    /// Whether there are ciphertexts that no record has claimed yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Forgets what was met.
    pub(crate) fn clear(&mut self) {
        self.hashes.clear();
    }

    /// A record was met: are the ciphertexts before it exactly those that it commits to?
    pub(crate) fn fit(&mut self, record: &[u8]) -> bool {
        if self.hashes.is_empty() && !mentions_sealed(record) {
            return true;
        }
        let mut met = std::mem::take(&mut self.hashes);
        let mut wanted = commitments(record);
        met.sort_unstable();
        wanted.sort_unstable();
        met == wanted
    }
}

/// The ciphertexts that a record commits to. A record that can't be read commits to none.
fn commitments(record: &[u8]) -> Vec<Hash> {
    let Ok(record) = Record::decode(record) else { return Vec::new() };
    let hash = |content: &Content| match content {
        Content::Sealed(sealed) => Some(parse(&sealed.sha256).unwrap_or_default()),
        Content::Clear(_) | Content::Omitted { .. } => None,
    };
    record.event.content.values().filter_map(hash).collect()
}

fn parse(hex: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    (pairs.len() == hash.len() && rest.is_empty()).then_some(())?;
    for (byte, pair) in hash.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Whether sealed content can be in a record, without parsing it.
fn mentions_sealed(record: &[u8]) -> bool {
    memchr::memmem::find(record, b"\"sealed\":{").is_some()
}
