//! What a shell knows at a moment: variables, functions, aliases, where it stands.

use super::descriptors::Descriptors;
use super::meanings::{Meanings, agree, merge_meanings};
use super::place::Place;
use super::value::{Value, markers};
use crate::effect::Target;
use crate::shell::Command;
use std::collections::HashMap;
use std::rc::Rc;

/// More names than a person would define; what comes after is not known.
const MOST: usize = 512;
/// So many values an array has at most.
const MOST_VALUES: usize = 1024;
/// So many places are kept where the shell may stand.
const MOST_PLACES: usize = 4;
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
    fn resolved<'a>(&'a self, name: &'a str) -> &'a str {
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

    /// Sets one value of an array.
    pub(crate) fn set_element(&mut self, name: &str, key: &Value, value: Value) {
        let name = self.resolved(name).to_owned();
        let is_keyed = self.attributes.get(&name).is_some_and(|attributes| attributes.is_keyed);
        let mut values = self.get(&name).unwrap_or_default();
        if !is_keyed {
            let Some(at) = key.text.trim().parse::<usize>().ok().filter(|at| *at < MOST_VALUES) else {
                return self.set(&name, vec![Value::hole().tainted(value.taint)]);
            };
            if values.len() <= at {
                values.resize(at + 1, Value::of(markers::UNSET));
            }
            if let Some(one) = values.get_mut(at) {
                *one = value;
            }
            return self.set(&name, values);
        }
        let mut keys = self.keys.get(&name).cloned().unwrap_or_default();
        if !key.is_known() || keys.len() != values.len() || keys.len() >= MOST_VALUES {
            return self.set(&name, vec![Value::hole().tainted(value.taint)]);
        }
        if let Some(at) = keys.iter().position(|known| *known == key.text) {
            if let Some(one) = values.get_mut(at) {
                *one = value;
            }
        } else {
            keys.push(key.text.clone());
            values.push(value);
        }
        self.set(&name, values);
        Rc::make_mut(&mut self.keys).insert(name, keys);
    }

    /// One value of an array; nothing if the text sets none.
    pub(crate) fn element(&self, name: &str, key: &Value) -> Option<Value> {
        let name = self.resolved(name);
        let values = self.get(name)?;
        if let Some(keys) = self.keys.get(name) {
            let at = keys.iter().position(|known| *known == key.text);
            return Some(at.and_then(|at| values.get(at).cloned()).unwrap_or_else(Value::hole));
        }
        let text = key.text.trim();
        let behind = text.strip_prefix('-').and_then(|text| text.parse::<usize>().ok());
        let at = match behind {
            Some(behind) => values.len().checked_sub(behind),
            None => text.parse::<usize>().ok(),
        };
        match (at, values.as_slice()) {
            (Some(at), _) if !values.contains(&Value::hole()) => {
                Some(values.get(at).cloned().unwrap_or_else(|| Value::of(markers::UNSET)))
            }
            // Which one is meant is not known; if there is one only, it is that one.
            (_, [only]) => Some(only.clone()),
            _ => Some(Value::hole()),
        }
    }

    /// Whether the values of an array are found by keys.
    pub(crate) fn has_keys(&self, name: &str) -> bool {
        self.keys.contains_key(self.resolved(name))
    }

    /// What the values of an array are found by.
    pub(crate) fn keys(&self, name: &str) -> Option<Variable> {
        let name = self.resolved(name);
        let values = self.get(name)?;
        Some(match self.keys.get(name) {
            Some(keys) => keys.iter().map(Value::of).collect(),
            None if values.iter().any(Value::has_hole) => vec![Value::hole()],
            None => (0..values.len()).map(|at| Value::of(at.to_string())).collect(),
        })
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

fn put_entry<T: Clone + PartialEq>(entries: &mut Rc<HashMap<String, T>>, name: &str, before: Option<T>) {
    if entries.get(name) == before.as_ref() {
        return;
    }
    match before {
        Some(before) => drop(Rc::make_mut(entries).insert(name.to_owned(), before)),
        None => drop(Rc::make_mut(entries).remove(name)),
    }
}

/// Functions have names of their own: none of a variable.
fn frozen_function(name: &str) -> String {
    format!("{name}()")
}
