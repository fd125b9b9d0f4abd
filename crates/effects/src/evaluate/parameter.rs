//! Parameters: their values, and what is done to them.

use super::changed::decimal;
use super::machine::Machine;
use super::value::{Taint, Value, markers};
use crate::shell::{Index, Parameter};
use crate::world::Variable;

/// What a parameter stands for.
#[derive(Debug)]
pub(super) enum Expansion {
    One(Value),
    /// `$@`, `${x[@]}`; with `joined`, `$*` and `${x[*]}`.
    Many {
        values: Vec<Value>,
        joined: bool,
    },
}

impl Machine<'_> {
    /// What `${…}` stands for.
    pub(super) fn parameter(&mut self, parameter: &Parameter) -> Expansion {
        let base = if parameter.indirect { self.indirect(parameter) } else { self.named(parameter) };
        match base {
            Expansion::One(value) => Expansion::One(self.changed(parameter, value)),
            Expansion::Many { values, joined } => self.changed_each(parameter, values, joined),
        }
    }

    /// Before anything is done to it.
    fn named(&mut self, parameter: &Parameter) -> Expansion {
        match (parameter.name.as_str(), &parameter.index) {
            (name @ ("@" | "*"), _) => Expansion::Many { values: self.scope.arguments.to_vec(), joined: name == "*" },
            (name, Some(Index::Each)) => Expansion::Many { values: self.all_of(name), joined: false },
            (name, Some(Index::Joined)) => Expansion::Many { values: self.all_of(name), joined: true },
            (name, Some(Index::At(word))) => {
                let key = self.expand_one(word);
                let is_one_of_several = self.scope.get(name).is_some_and(|values| values.len() > 1);
                if self.takes_arrays_whole && is_one_of_several && !self.scope.has_keys(name) {
                    return Expansion::One(self.element_from_one(name, &key));
                }
                Expansion::One(self.element(name, &key))
            }
            (name, None) if self.takes_arrays_whole && self.scope.get(name).is_some_and(|values| values.len() > 1) => {
                Expansion::Many { values: self.all_of(name), joined: false }
            }
            (name, None) => Expansion::One(self.variable(name)),
        }
    }

    /// `${!x}`: what the value of `x` names; `${!x[@]}`: the keys.
    fn indirect(&mut self, parameter: &Parameter) -> Expansion {
        if let Some(Index::Each | Index::Joined) = parameter.index {
            let values = self.scope.keys(&parameter.name).unwrap_or_default();
            return Expansion::Many { values, joined: matches!(parameter.index, Some(Index::Joined)) };
        }
        let Expansion::One(name) = self.named(parameter) else { return Expansion::One(Value::hole()) };
        let Some(text) = name.known() else { return Expansion::One(Value::hole().tainted(name.taint)) };
        let Some((array, subscript)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) else {
            return match text.as_str() {
                "@" | "*" => Expansion::Many { values: self.scope.arguments.to_vec(), joined: text == "*" },
                text => Expansion::One(self.variable(text)),
            };
        };
        match subscript {
            "@" | "*" => Expansion::Many { values: self.all_of(array), joined: subscript == "*" },
            key => {
                self.use_name(&name);
                Expansion::One(self.element(array, &Value::of(key)))
            }
        }
    }

    /// The values of an array.
    fn all_of(&mut self, name: &str) -> Vec<Value> {
        match self.scope.get(name) {
            // Gaps between its values count for nothing.
            Some(values) => values.into_iter().filter(|value| !value.is_only(markers::UNSET)).collect(),
            None => vec![self.variable(name)],
        }
    }

    /// One value of an array whose values are counted from one.
    fn element_from_one(&mut self, name: &str, key: &Value) -> Value {
        let key = self.arithmetic(key);
        match decimal(&key.text).map(|at| at.checked_sub(1)) {
            Some(Some(at)) => self.element(name, &Value::of(at.to_string())),
            // Nobody who counts from one writes that.
            Some(None) => self.element(name, &key),
            None => Value::hole(),
        }
    }

    fn element(&mut self, name: &str, key: &Value) -> Value {
        let is_keyed = self.scope.attributes(name).is_some_and(|attributes| attributes.is_keyed);
        let key = if is_keyed { key.clone() } else { self.arithmetic(key) };
        match self.scope.element(name, &key) {
            Some(value) => value,
            None => self.variable(name),
        }
    }

    /// The value of a variable.
    pub(crate) fn variable(&mut self, name: &str) -> Value {
        let name = self.scope.resolved(name).to_owned();
        let name = name.as_str();
        if let Some(values) = self.scope.get(name) {
            return values.into_iter().next().unwrap_or_else(|| Value::of(markers::UNSET));
        }
        if let Ok(number) = name.parse::<usize>() {
            return match number.checked_sub(1) {
                None => self.scope.zero.clone(),
                // One that is not known may be several, or none.
                Some(at) if self.scope.arguments.iter().take(at + 1).any(Value::may_be_several) => Value::hole(),
                Some(at) => self.scope.arguments.get(at).cloned().unwrap_or_else(|| Value::of(markers::UNSET)),
            };
        }
        match name {
            "@" | "*" => Value::join(self.scope.arguments.iter(), " "),
            "#" | "?" | "$" | "!" | "-" | "_" | "RANDOM" | "SECONDS" | "LINENO" | "UID" | "EUID" | "PPID"
            | "BASHPID" | "EPOCHSECONDS" | "SRANDOM" => Value::name(),
            "HOME" if !self.scope.is_cleared => Value::of(self.world.home().as_str()),
            "PWD" => self.working_folder(),
            "IFS" => Value::of(" \t\n"),
            "BASH" | "SHELL" => Value::of("/bin/bash"),
            name => self.environment_value(name),
        }
    }

    fn environment_value(&mut self, name: &str) -> Value {
        if crate::sensitive::is_secret_name(name) {
            // Its value is nobody's business, not even ours.
            return Value::hole().tainted(Taint::SECRET);
        }
        if self.scope.is_cleared {
            return Value::of(markers::UNSET);
        }
        match self.world.variable(name) {
            Variable::Is(value) if is_harmless(&value) => Value::from_outside(&value),
            Variable::Is(_) | Variable::Unknown => Value::hole(),
            Variable::Unset if matches!(name, "TMPDIR") => Value::of("/tmp"),
            Variable::Unset if matches!(name, "USER" | "LOGNAME" | "HOSTNAME" | "LANG" | "TERM" | "EDITOR") => {
                Value::name()
            }
            Variable::Unset => Value::of(markers::UNSET),
        }
    }
}

/// Whether a value can be shown: a path, a number, a few words. What is long or looks like chance is not.
fn is_harmless(value: &str) -> bool {
    value.len() <= 1024
        && (value.starts_with('/') || value.chars().all(|c| c.is_ascii_digit()) || value.len() <= 16)
        && !value.contains('\n')
}
