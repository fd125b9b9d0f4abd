//! What a shell knows at a moment: variables, functions, aliases, where it stands.

use super::place::Place;
use super::value::Value;
use crate::shell::Command;
use std::collections::HashMap;
use std::rc::Rc;

/// More names than a person would define; what comes after is not known.
const MOST: usize = 512;

/// A variable; arrays have several values.
pub(crate) type Variable = Vec<Value>;

/// What a shell knows. Copies are cheap until one of them changes.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    variables: Rc<HashMap<String, Variable>>,
    functions: Rc<HashMap<String, Rc<Command>>>,
    aliases: Rc<HashMap<String, Value>>,
    pub(crate) cwd: Place,
    pub(crate) arguments: Rc<Vec<Value>>,
    /// The name of the script.
    pub(crate) zero: Value,
    /// Too many names were defined to keep.
    overflowed: bool,
}

impl Scope {
    pub(crate) fn new(cwd: Place) -> Self {
        Self {
            variables: Rc::default(),
            functions: Rc::default(),
            aliases: Rc::default(),
            cwd,
            arguments: Rc::default(),
            zero: Value::of("bash"),
            overflowed: false,
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Variable) {
        if self.variables.len() >= MOST && !self.variables.contains_key(name) {
            self.overflowed = true;
            return;
        }
        Rc::make_mut(&mut self.variables).insert(name.to_owned(), value);
    }

    pub(crate) fn unset(&mut self, name: &str) {
        if self.variables.contains_key(name) {
            Rc::make_mut(&mut self.variables).insert(name.to_owned(), Vec::new());
        }
        if self.functions.contains_key(name) {
            Rc::make_mut(&mut self.functions).remove(name);
        }
    }

    /// The values; nothing if the text sets none.
    pub(crate) fn get(&self, name: &str) -> Option<Variable> {
        let found = self.variables.get(name).cloned();
        if found.is_none() && self.overflowed { Some(vec![Value::hole()]) } else { found }
    }

    pub(crate) fn define(&mut self, name: &str, body: &Rc<Command>) {
        if self.functions.len() < MOST {
            Rc::make_mut(&mut self.functions).insert(name.to_owned(), Rc::clone(body));
        } else {
            self.overflowed = true;
        }
    }

    pub(crate) fn function(&self, name: &str) -> Option<Rc<Command>> {
        self.functions.get(name).cloned()
    }

    pub(crate) fn alias(&mut self, name: &str, value: Value) {
        if self.aliases.len() < MOST {
            Rc::make_mut(&mut self.aliases).insert(name.to_owned(), value);
        } else {
            self.overflowed = true;
        }
    }

    pub(crate) fn aliased(&self, name: &str) -> Option<Value> {
        self.aliases.get(name).cloned()
    }

    pub(crate) fn unalias(&mut self, name: &str) {
        if self.aliases.contains_key(name) {
            Rc::make_mut(&mut self.aliases).remove(name);
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
        if !Rc::ptr_eq(&self.functions, &other.functions) {
            let mine = Rc::make_mut(&mut self.functions);
            for (name, body) in other.functions.iter() {
                mine.entry(name.clone()).or_insert_with(|| Rc::clone(body));
            }
        }
        if !Rc::ptr_eq(&self.aliases, &other.aliases) {
            let mine = Rc::make_mut(&mut self.aliases);
            for (name, value) in other.aliases.iter() {
                mine.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        if self.cwd != other.cwd {
            self.cwd = Place::Unknown;
        }
    }
}
