//! Whom a limit is counted for, and how many of them are counted apart.

use crate::who::Pattern;
use std::collections::HashMap;
use std::hash::Hash;

/// What a limit is counted for each of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// Each key; all without one are one.
    Key,
    /// Each model.
    Model,
    /// Each address.
    Address,
    /// All together.
    All,
}

/// Who asks, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The name of the key, if one was shown.
    pub key: Option<String>,
    /// The model, as `provider/model`.
    pub model: String,
    /// Where it comes from.
    pub address: String,
}

impl Subject {
    /// Whom a limit counts this for.
    pub(crate) fn of(&self, each: Each) -> String {
        match each {
            Each::Key => self.key.clone().unwrap_or_default(),
            // However a server takes it: another case is no other model.
            Each::Model => self.model.to_ascii_lowercase(),
            Each::Address => self.address.clone(),
            Each::All => String::new(),
        }
    }

    /// Whether lists of models and of keys mean this one; an absent list means all.
    pub(crate) fn is_meant(&self, models: &[Pattern], keys: &[Pattern]) -> bool {
        let of_key = || self.key.as_ref().is_some_and(|key| keys.iter().any(|it| it.fits(key)));
        (models.is_empty() || models.iter().any(|it| it.fits_loosely(&self.model))) && (keys.is_empty() || of_key())
    }
}

/// So many are counted apart. Names can be made up, and must not fill the memory.
const MOST: usize = 1024;

/// What is counted, apart for each of the first ones, and together for all that find no place.
#[derive(Debug)]
pub(crate) struct Counted<K, V> {
    apart: HashMap<K, V>,
    rest: HashMap<usize, V>,
}

impl<K, V> Default for Counted<K, V> {
    fn default() -> Self {
        Self { apart: HashMap::new(), rest: HashMap::new() }
    }
}

impl<K: Eq + Hash, V: Default> Counted<K, V> {
    /// What is counted for one. `is_nothing` says of which nothing has to be remembered, so that another one finds a place;
    /// all of `group` that find none are one.
    pub(crate) fn of(&mut self, group: usize, key: K, is_nothing: impl Fn(&K, &V) -> bool) -> &mut V {
        if !self.apart.contains_key(&key) && self.apart.len() >= MOST {
            self.apart.retain(|key, value| !is_nothing(key, value));
            if self.apart.len() >= MOST {
                return self.rest.entry(group).or_default();
            }
        }
        self.apart.entry(key).or_default()
    }

    /// Whether one is counted apart.
    pub(crate) fn is_apart(&self, key: &K) -> bool {
        self.apart.contains_key(key)
    }

    /// What is counted together for all of a group that found no place.
    pub(crate) fn shared(&mut self, group: usize) -> &mut V {
        self.rest.entry(group).or_default()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&K, &V)> {
        self.apart.iter()
    }

    pub(crate) fn rest(&self) -> impl Iterator<Item = (usize, &V)> {
        self.rest.iter().map(|(group, value)| (*group, value))
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        self.apart.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_made_up_fill_no_memory_and_share_what_is_left() {
        let mut counted: Counted<usize, u64> = Counted::default();
        for name in 0..20_000 {
            *counted.of(0, name, |_, value| *value == 0) += 1;
        }
        assert_eq!((counted.apart.len(), counted.rest.len()), (MOST, 1));
        assert_eq!(*counted.of(0, 1_000_000, |_, _| false), 20_000 - MOST as u64);
        // Of whom nothing has to be remembered, another one takes the place.
        *counted.of(0, 3, |_, _| false) = 0;
        assert_eq!(*counted.of(0, 2_000_000, |_, value| *value == 0), 0);
    }

    #[test]
    fn a_list_means_what_is_on_it_and_no_list_means_all() {
        let pattern = |text: &str| vec![Pattern::parse(text).unwrap()];
        let subject = Subject { key: None, model: "a/Big".to_owned(), address: "::1".to_owned() };
        assert!(subject.is_meant(&[], &[]) && subject.is_meant(&pattern("a/big"), &[]));
        assert!(!subject.is_meant(&pattern("b/*"), &[]) && !subject.is_meant(&[], &pattern("*")));
        assert!(Subject { key: Some("ci".to_owned()), ..subject }.is_meant(&[], &pattern("ci")));
    }
}
