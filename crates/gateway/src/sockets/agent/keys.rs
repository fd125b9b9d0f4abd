//! Keys that an agent holds: its list, cut down to those that may be seen.

use super::fields::{Fields, put};
use super::message::IDENTITIES;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Most keys of one agent.
const MOST: u32 = 1024;

/// A key, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) blob: Vec<u8>,
    comment: Vec<u8>,
}

impl Key {
    /// What it is called, in characters that can be shown.
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.comment).chars().filter(|c| !c.is_control()).take(128).collect()
    }
}

/// The list in an answer; nothing if it is anything else.
pub(super) fn listed(answer: &[u8]) -> Option<Vec<Key>> {
    let mut fields = Fields::new(answer);
    if fields.byte()? != IDENTITIES {
        return None;
    }
    let count = fields.number().filter(|count| *count <= MOST)?;
    let mut keys = Vec::new();
    for _ in 0..count {
        keys.push(Key { blob: fields.bytes()?.to_vec(), comment: fields.bytes()?.to_vec() });
    }
    fields.end()?;
    Some(keys)
}

/// The answer that lists these keys.
pub(super) fn answer(keys: &[Key]) -> Vec<u8> {
    let mut out = vec![IDENTITIES];
    // INVARIANT: there are no more than were read.
    out.extend_from_slice(&u32::try_from(keys.len()).unwrap_or(0).to_be_bytes());
    for key in keys {
        put(&mut out, &key.blob);
        put(&mut out, &key.comment);
    }
    out
}

/// The fingerprint as `ssh-add -l` shows it.
pub fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}
