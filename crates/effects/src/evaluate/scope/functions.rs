//! Functions and aliases.

use super::{MOST, Scope};
use crate::evaluate::meanings::Meanings;
use crate::evaluate::value::Value;
use crate::shell::Command;
use std::rc::Rc;

impl Scope {
    pub(crate) fn define(&mut self, name: &str, body: &Rc<Command>) {
        let frozen = self.attributes.get(&frozen_function(name)).is_some();
        if self.functions.len() < MOST || self.functions.contains_key(name) {
            let meanings = Rc::make_mut(&mut self.functions).entry(name.to_owned()).or_insert_with(Meanings::none);
            if !frozen {
                meanings.all.clear();
            }
            meanings.all.push(Rc::clone(body));
            meanings.is_sure = true;
        } else {
            self.overflowed = true;
        }
    }

    /// Whatever a function may be, and whether it is there for sure.
    pub(crate) fn functions(&self, name: &str) -> (Vec<Rc<Command>>, bool) {
        self.functions
            .get(name)
            .map_or_else(|| (Vec::new(), false), |meanings| (meanings.all.clone(), meanings.is_sure))
    }

    /// Keeps a function from being changed, if there is one.
    pub(crate) fn freeze_function(&mut self, name: &str) {
        if !self.functions.contains_key(name) {
            return;
        }
        self.declare(&frozen_function(name), |attributes| attributes.is_frozen = true);
    }

    pub(crate) fn forget_function(&mut self, name: &str) {
        if self.attributes.contains_key(&frozen_function(name)) {
            self.doubt_function(name);
        } else if self.functions.contains_key(name) {
            Rc::make_mut(&mut self.functions).remove(name);
        }
    }

    /// A function may not be there any more.
    pub(crate) fn doubt_function(&mut self, name: &str) {
        if self.functions.contains_key(name)
            && let Some(meanings) = Rc::make_mut(&mut self.functions).get_mut(name)
        {
            meanings.is_sure = false;
        }
    }

    pub(crate) fn alias(&mut self, name: &str, value: Value) {
        if self.aliases.len() < MOST || self.aliases.contains_key(name) {
            let meanings = Meanings { all: vec![value], is_sure: true };
            Rc::make_mut(&mut self.aliases).insert(name.to_owned(), meanings);
        } else {
            self.overflowed = true;
        }
    }

    /// Whatever an alias may stand for.
    pub(crate) fn aliases(&self, name: &str) -> Vec<Value> {
        self.aliases.get(name).map(|meanings| meanings.all.clone()).unwrap_or_default()
    }

    pub(crate) fn unalias(&mut self, name: &str) {
        if self.aliases.contains_key(name) {
            Rc::make_mut(&mut self.aliases).remove(name);
        }
    }
}

/// Functions have names of their own: none of a variable.
fn frozen_function(name: &str) -> String {
    format!("{name}()")
}
