//! What was found in texts, kept by what the texts are: a conversation only grows, so a turn costs what is new in it.

use portcullis_inspect::Hit;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many texts, and so many parts of requests, are kept at most; then it begins anew.
const MOST: usize = 1 << 16;

/// What a text is.
pub(super) type Key = [u8; 32];

/// What was found in texts.
#[derive(Debug, Default)]
pub(super) struct Memo {
    hits: Mutex<HashMap<Key, Arc<[Hit]>>>,
    /// What takes the place of text that steers; nothing if it may be read.
    rulings: Mutex<HashMap<Key, Option<String>>>,
    /// Parts of requests in which there was nothing to replace and nothing to withhold.
    clean: Mutex<HashSet<Key>>,
}

/// What was told already of what was said and of what came of tools.
#[derive(Debug, Default)]
pub(super) struct ToldBefore(Mutex<HashSet<Key>>);

pub(super) fn key(text: &str) -> Key {
    Sha256::digest(text.as_bytes()).into()
}

/// What some texts are together, each in its place.
pub(super) fn key_of_texts(texts: &[Option<&str>]) -> Key {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hasher.update(text.unwrap_or_default());
    }
    hasher.finalize().into()
}

/// What a part of a request is: its source, and which of its texts are results of tools.
pub(super) fn key_of_part(source: &str, results: &[Range<usize>]) -> Key {
    let mut hasher = Sha256::new_with_prefix(source.as_bytes());
    // INVARIANT: the source is an object, and no object begins with another one: the same bytes are the same part.
    for number in results.iter().flat_map(|range| [range.start, range.end]) {
        hasher.update((number as u64).to_le_bytes());
    }
    hasher.finalize().into()
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

    /// Whether there is nothing in a part of a request, as far as anybody has looked.
    pub(super) fn is_clean(&self, key: &Key) -> bool {
        lock(&self.clean).contains(key)
    }

    /// Keeps that there is nothing in a part of a request.
    pub(super) fn keep_clean(&self, key: Key) {
        let mut all = lock(&self.clean);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(key);
    }
}

impl ToldBefore {
    /// Tells something that was not told before. It counts as told once it was, so nobody goes on ahead of it.
    pub(super) fn tell(&self, key: Key, tell: impl FnOnce()) {
        if lock(&self.0).contains(&key) {
            return;
        }
        tell();
        let mut told = lock(&self.0);
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(key);
    }
}

fn lock<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remembered<T: Clone>(all: &Mutex<HashMap<Key, T>>, key: Key, find: impl FnOnce() -> T) -> T {
    if let Some(known) = lock(all).get(&key) {
        return known.clone();
    }
    // Not under the lock: others look at other texts meanwhile.
    let found = find();
    let mut all = lock(all);
    if all.len() >= MOST {
        all.clear();
    }
    all.insert(key, found.clone());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_its_source_and_which_of_its_texts_are_results() {
        let keys = [
            key_of_part("{}", &[]),
            key_of_part("[]", &[]),
            key_of_part("{}", &[0..1, 1..2]),
            key_of_part("{}", &[0..2, 2..2]),
            key_of_part("{}", &[0..2, 2..3, 3..4]),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(at + 1).all(|other| other != one), "{at}");
        }
    }
}
