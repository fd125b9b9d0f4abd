//! What is known where two ways meet: only what both agree about.

use super::{Attributes, Scope};
use crate::effect::Target;
use crate::evaluate::meanings::{agree, merge_meanings};
use crate::evaluate::place::Place;
use crate::evaluate::value::Value;
use std::rc::Rc;

/// So many places are kept where the shell may stand.
const MOST_PLACES: usize = 4;

impl Attributes {
    /// What holds of it if either of two may hold.
    fn merge(&mut self, other: &Self) {
        self.is_exported |= other.is_exported;
        self.is_frozen |= other.is_frozen;
        let both = Self { is_exported: self.is_exported, is_frozen: self.is_frozen, ..other.clone() };
        if *self == both {
            return;
        }
        self.is_doubtful = true;
        self.may_refer_to.extend(self.refers_to.take());
        for name in other.may_refer_to.iter().chain(&other.refers_to) {
            if !self.may_refer_to.contains(name) {
                self.may_refer_to.push(name.clone());
            }
        }
    }
}

impl Scope {
    /// What is declared here or there only is doubtful, and so is what may be meant by it.
    fn merge_attributes(&mut self, other: &Self) {
        let none = Attributes::default();
        let names = self.attributes.keys().chain(other.attributes.keys()).cloned();
        let names: std::collections::BTreeSet<String> = names.collect();
        for name in names {
            let theirs = other.attributes.get(&name).unwrap_or(&none);
            if self.attributes.get(&name).unwrap_or(&none) == theirs {
                continue;
            }
            let mine = Rc::make_mut(&mut self.attributes).entry(name.clone()).or_default();
            mine.merge(theirs);
            if mine.is_doubtful {
                let others = mine.may_refer_to.clone();
                for name in others.into_iter().chain([name]) {
                    self.put(name, vec![Value::hole()]);
                }
            }
        }
    }

    fn merge_places(&mut self, other: &Self) {
        if self.cwd == other.cwd && self.elsewhere == other.elsewhere {
            return;
        }
        let Place::At(here) = &self.cwd else { return };
        let mut places: Vec<Target> = self.elsewhere.to_vec();
        match &other.cwd {
            Place::At(place) => places.push(place.clone()),
            Place::Unknown => {
                self.cwd = Place::Unknown;
                return;
            }
        }
        places.extend(other.elsewhere.iter().cloned());
        places.sort();
        places.dedup();
        places.retain(|place| place != here);
        if places.len() > MOST_PLACES {
            self.cwd = Place::Unknown;
            return;
        }
        self.elsewhere = Rc::new(places);
    }

    /// Whether a variable, a function or an argument is another one than in this scope.
    pub(crate) fn knows_other_values(&self, before: &Self) -> bool {
        !Rc::ptr_eq(&self.variables, &before.variables) && self.variables != before.variables
            || !agree(&self.functions, &before.functions)
            || !agree(&self.aliases, &before.aliases)
            || self.descriptors != before.descriptors
            || self.attributes != before.attributes
            || self.arguments != before.arguments
            || self.cwd != before.cwd
            || self.elsewhere != before.elsewhere
    }

    /// Takes this scope into what is known where several ways meet.
    pub(crate) fn join(&self, meeting: &mut Option<Self>) {
        match meeting {
            Some(merged) => merged.merge(self),
            None => *meeting = Some(self.clone()),
        }
    }

    /// Forgets what this scope and another one do not agree about.
    pub(crate) fn merge(&mut self, other: &Self) {
        if !Rc::ptr_eq(&self.variables, &other.variables) {
            let mine = Rc::make_mut(&mut self.variables);
            for (name, value) in mine.iter_mut() {
                if other.variables.get(name) != Some(value) {
                    *value = vec![Value::hole()];
                }
            }
            for name in other.variables.keys() {
                mine.entry(name.clone()).or_insert_with(|| vec![Value::hole()]);
            }
        }
        if !Rc::ptr_eq(&self.keys, &other.keys) {
            Rc::make_mut(&mut self.keys).retain(|name, keys| other.keys.get(name) == Some(keys));
        }
        if !Rc::ptr_eq(&self.attributes, &other.attributes) {
            self.merge_attributes(other);
        }
        self.overflowed |= !merge_meanings(&mut self.functions, &other.functions);
        self.overflowed |= !merge_meanings(&mut self.aliases, &other.aliases);
        if self.arguments != other.arguments {
            self.arguments = Rc::new(vec![Value::hole()]);
        }
        self.merge_places(other);
        if !Rc::ptr_eq(&self.descriptors, &other.descriptors) {
            Rc::make_mut(&mut self.descriptors).merge(&other.descriptors);
        }
        self.overflowed |= other.overflowed;
    }
}
