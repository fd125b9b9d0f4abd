//! What was found in a text, kept by what the text is: a conversation only grows, so a turn costs what is new in it.

use portcullis_inspect::Hit;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many texts are kept at most; then it begins anew.
const MOST: usize = 1 << 16;

/// What a text is.
pub(super) type Key = [u8; 32];

/// What was found in texts.
#[derive(Debug, Default)]
pub(super) struct Memo {
    hits: Mutex<HashMap<Key, Arc<[Hit]>>>,
    /// What takes the place of text that steers; nothing if it may be read.
    rulings: Mutex<HashMap<Key, Option<String>>>,
}

pub(super) fn key(text: &str) -> Key {
    Sha256::digest(text.as_bytes()).into()
}

impl Memo {
    /// What was found in a text, looked for only if nobody did before.
    pub(super) fn hits(&self, key: Key, look: impl FnOnce() -> Vec<Hit>) -> Arc<[Hit]> {
        remembered(&self.hits, key, || look().into())
    }

    /// What was ruled about a text.
    pub(super) fn ruling(&self, key: Key, rule: impl FnOnce() -> Option<String>) -> Option<String> {
        remembered(&self.rulings, key, rule)
    }
}

fn remembered<T: Clone>(all: &Mutex<HashMap<Key, T>>, key: Key, find: impl FnOnce() -> T) -> T {
    let lock = || all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&key) {
        return known.clone();
    }
    // Not under the lock: others look at other texts meanwhile.
    let found = find();
    let mut all = lock();
    if all.len() >= MOST {
        all.clear();
    }
    all.insert(key, found.clone());
    found
}
