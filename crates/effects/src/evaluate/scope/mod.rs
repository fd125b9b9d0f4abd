//! What a shell knows at a moment: variables, functions, aliases, where it stands.

use super::descriptors::Descriptors;
use super::meanings::Meanings;
use super::place::Place;
use super::value::Value;
use crate::effect::Target;
use crate::shell::Command;
use std::collections::HashMap;
use std::rc::Rc;

mod arrays;
mod functions;
mod merge;

pub(super) use arrays::MOST_VALUES;

/// More names than a person would define; what comes after is not known.
const MOST: usize = 512;
/// A variable; arrays have several values.
pub(crate) type Variable = Vec<Value>;

/// What a variable was declared to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) is_integer: bool,
    pub(crate) is_keyed: bool,
    pub(crate) is_upper: bool,
    pub(crate) is_lower: bool,
    pub(crate) is_frozen: bool,
    pub(crate) is_exported: bool,
    /// The variable that it is another name of.
    pub(crate) refers_to: Option<String>,
    /// Some of it may not be so.
    pub(crate) is_doubtful: bool,
    /// What it may be another name of then.
    pub(crate) may_refer_to: Vec<String>,
}

/// All that a name stood for before a function made it its own.
#[derive(Debug)]
pub(crate) struct Saved {
    values: Option<Variable>,
    keys: Option<Vec<String>>,
    attributes: Option<Attributes>,
}

/// What a shell knows. Copies are cheap until one of them changes.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    variables: Rc<HashMap<String, Variable>>,
    /// Of associative arrays, in the order of their values.
    keys: Rc<HashMap<String, Vec<String>>>,
    attributes: Rc<HashMap<String, Attributes>>,
    functions: Rc<HashMap<String, Meanings<Rc<Command>>>>,
    aliases: Rc<HashMap<String, Meanings<Value>>>,
    pub(crate) cwd: Place,
    /// Where the shell may stand instead.
    pub(crate) elsewhere: Rc<Vec<Target>>,
    pub(crate) arguments: Rc<Vec<Value>>,
    /// The name of the script.
    pub(crate) zero: Value,
    /// What is open besides a command's own input and output.
    pub(crate) descriptors: Rc<Descriptors>,
    /// Every variable is handed on to programs.
    pub(crate) exports_all: bool,
    /// Nothing of the environment is left.
    pub(crate) is_cleared: bool,
    /// Only what every shell knows has a meaning.
    pub(crate) is_plain: bool,
    /// Too many names were defined to keep.
    pub(super) overflowed: bool,
}

impl Scope {
    pub(crate) fn new(cwd: Place) -> Self {
        Self {
            variables: Rc::default(),
            keys: Rc::default(),
            attributes: Rc::default(),
            functions: Rc::default(),
            aliases: Rc::default(),
            cwd,
            elsewhere: Rc::default(),
            arguments: Rc::default(),
            zero: Value::of("bash"),
            descriptors: Rc::default(),
            exports_all: false,
            is_plain: false,
            is_cleared: false,
            overflowed: false,
        }
    }

    /// The variable that a name stands for, through those that are other names of it.
    pub(crate) fn resolved<'a>(&'a self, name: &'a str) -> &'a str {
        let mut name = name;
        for _ in 0..8 {
            match self.attributes.get(name).and_then(|attributes| attributes.refers_to.as_deref()) {
                Some(other) => name = other,
                None => break,
            }
        }
        name
    }

    pub(crate) fn attributes(&self, name: &str) -> Option<&Attributes> {
        self.attributes.get(self.resolved(name))
    }

    /// Declares what a variable is.
    pub(crate) fn declare(&mut self, name: &str, change: impl FnOnce(&mut Attributes)) {
        if self.attributes.len() < MOST || self.attributes.contains_key(name) {
            change(Rc::make_mut(&mut self.attributes).entry(name.to_owned()).or_default());
        } else {
            self.overflowed = true;
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Variable) {
        let name = self.resolved(name).to_owned();
        if self.keys.contains_key(&name) {
            Rc::make_mut(&mut self.keys).remove(&name);
        }
        let doubtful = self.attributes.get(&name).filter(|attributes| attributes.is_doubtful);
        if let Some(others) = doubtful.map(|attributes| attributes.may_refer_to.clone()) {
            for other in others {
                self.put(other, vec![Value::hole()]);
            }
            return self.put(name, vec![Value::hole()]);
        }
        let attributes = self.attributes.get(&name);
        let value = match attributes {
            Some(attributes) if attributes.is_frozen => {
                if self.variables.get(&name).is_some_and(|before| *before == value) {
                    value
                } else {
                    vec![Value::hole()]
                }
            }
            Some(Attributes { is_lower: true, .. }) => value.into_iter().map(|one| one.lower()).collect(),
            Some(Attributes { is_upper: true, .. }) => value.into_iter().map(|one| one.upper()).collect(),
            _ => value,
        };
        self.put(name, value);
    }

    fn put(&mut self, name: String, value: Variable) {
        if self.variables.len() >= MOST && !self.variables.contains_key(&name) {
            self.overflowed = true;
            return;
        }
        Rc::make_mut(&mut self.variables).insert(name, value);
    }

    pub(crate) fn unset(&mut self, name: &str) {
        let name = self.resolved(name).to_owned();
        if self.attributes.get(&name).is_some_and(|attributes| attributes.is_frozen) {
            return;
        }
        if self.attributes.contains_key(&name) {
            Rc::make_mut(&mut self.attributes).remove(&name);
        }
        if self.variables.contains_key(&name) {
            Rc::make_mut(&mut self.variables).insert(name, Vec::new());
        }
    }

    pub(crate) fn is_exported(&self, name: &str) -> bool {
        self.attributes(name).is_some_and(|attributes| attributes.is_exported)
    }

    /// Whether programs are handed a variable.
    pub(crate) fn export(&mut self, name: &str, is_exported: bool) {
        if self.is_exported(name) != is_exported {
            self.declare(name, |attributes| attributes.is_exported = is_exported);
        }
    }

    /// What another shell knows that this one starts: variables that are handed on. A function may be.
    pub(crate) fn become_child(&mut self) {
        if !self.exports_all && !self.variables.is_empty() {
            let attributes = Rc::clone(&self.attributes);
            let is_kept = |name: &str| {
                name == "_unknown_" || attributes.get(name).is_some_and(|attributes| attributes.is_exported)
            };
            if !self.variables.keys().all(|name| is_kept(name)) {
                Rc::make_mut(&mut self.variables).retain(|name, _| is_kept(name));
            }
        }
        if !self.functions.is_empty() {
            for meanings in Rc::make_mut(&mut self.functions).values_mut() {
                meanings.is_sure = false;
            }
        }
        if !self.attributes.is_empty() {
            let kept = Rc::make_mut(&mut self.attributes);
            kept.retain(|_, attributes| attributes.is_exported);
            for attributes in kept.values_mut() {
                *attributes = Attributes { is_exported: true, ..Attributes::default() };
            }
        }
    }

    /// Forgets every variable, as `env -i` does.
    pub(crate) fn clear(&mut self) {
        self.variables = Rc::default();
        self.is_cleared = true;
    }

    /// Makes a name a function's own; gives what it stood for.
    pub(crate) fn make_local(&mut self, name: &str) -> Saved {
        let attributes = self.attributes.get(name).cloned();
        let saved = Saved {
            values: self.variables.get(name).cloned(),
            keys: self.keys.get(name).cloned(),
            attributes: attributes.clone(),
        };
        if attributes.as_ref().is_some_and(|attributes| attributes.is_frozen) {
            // It can't be, and stays what it was.
            return saved;
        }
        if let Some(attributes) = attributes {
            let kept = Attributes { is_exported: attributes.is_exported, ..Attributes::default() };
            self.declare(name, |attributes| *attributes = kept);
        }
        if self.keys.contains_key(name) {
            Rc::make_mut(&mut self.keys).remove(name);
        }
        self.put(name.to_owned(), Vec::new());
        saved
    }

    /// Puts a name back as it was.
    pub(crate) fn put_back(&mut self, name: &str, saved: Saved) {
        put_entry(&mut self.variables, name, saved.values);
        put_entry(&mut self.keys, name, saved.keys);
        put_entry(&mut self.attributes, name, saved.attributes);
    }

    /// Puts a variable back as it was.
    pub(crate) fn restore(&mut self, name: &str, before: Option<Variable>) {
        match before {
            Some(values) => self.put(name.to_owned(), values),
            None => drop(Rc::make_mut(&mut self.variables).remove(name)),
        }
    }

    /// The values; nothing if the text sets none.
    pub(crate) fn get(&self, name: &str) -> Option<Variable> {
        let name = self.resolved(name);
        if self.attributes.get(name).is_some_and(|attributes| attributes.is_doubtful) {
            return Some(vec![Value::hole()]);
        }
        let found = self.variables.get(name).cloned();
        if found.is_none() && self.overflowed { Some(vec![Value::hole()]) } else { found }
    }
}

fn put_entry<T: Clone + PartialEq>(entries: &mut Rc<HashMap<String, T>>, name: &str, before: Option<T>) {
    if entries.get(name) == before.as_ref() {
        return;
    }
    match before {
        Some(before) => drop(Rc::make_mut(entries).insert(name.to_owned(), before)),
        None => drop(Rc::make_mut(entries).remove(name)),
    }
}
