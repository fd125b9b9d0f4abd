//! Labels: what a program outside calls something, such as a key's comment, a fingerprint or a verb.
//!
//! `*` stands for anything, slashes included. Unlike a name a label has no version, so an `@` in it is just a character.

use super::wildcard::Wildcard;
use super::{BadPattern, Breadth, Set, lowest};
use crate::config::Item;
use crate::source::Places;
use std::collections::HashMap;

/// Many label patterns.
#[derive(Debug, Default)]
pub(crate) struct LabelSet {
    literal: HashMap<String, usize>,
    wild: Vec<(Wildcard, usize)>,
}

impl Set for LabelSet {
    type Value<'a> = &'a str;

    fn insert(&mut self, number: usize, item: &Item, _: &Places) -> Result<(), BadPattern> {
        match Wildcard::parse(&item.name)?.literal() {
            Ok(label) => {
                self.literal.entry(label).and_modify(|known| *known = number.min(*known)).or_insert(number);
            }
            Err(wildcard) => self.wild.push((wildcard, number)),
        }
        Ok(())
    }

    fn find(&self, label: &str, _: Breadth) -> Option<usize> {
        let wild = self.wild.iter().filter(|(wildcard, _)| wildcard.matches(label)).map(|(_, number)| *number).min();
        lowest(self.literal.get(label).copied(), wild)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::AbsPath;

    fn fits(pattern: &str, label: &str) -> bool {
        let root = AbsPath::parse("/").unwrap();
        let places = Places { home: root.clone(), repository: None, cwd: root };
        let mut set = LabelSet::default();
        set.insert(0, &Item { name: pattern.to_owned(), ..Item::default() }, &places).unwrap();
        set.find(label, Breadth::Narrow).is_some()
    }

    #[test]
    fn an_address_behind_a_user_is_no_version() {
        assert!(fits("git@10.0.0.1", "git@10.0.0.1"));
        assert!(fits("me@2026-laptop", "me@2026-laptop"));
        assert!(fits("git@*", "git@a.example"));
        assert!(!fits("git@*", "root@a.example"));
        assert!(!fits("git@a.example", "git@a.example.evil.example"));
    }
}
