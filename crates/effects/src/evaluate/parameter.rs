//! Parameters: their values, and what is done to them.

use super::machine::Machine;
use super::value::{Taint, Value, markers};
use crate::shell::{Parameter, ParameterOp};
use crate::world::Variable;

/// Values that are longer than this are not cut and matched, but unknown.
const LONGEST: usize = 2048;

impl Machine<'_> {
    /// The value of `${…}`, as one text.
    pub(super) fn parameter(&mut self, parameter: &Parameter) -> Value {
        let values = match parameter.index.as_deref() {
            Some("@" | "*") => self.list_of(parameter),
            index => vec![self.variable_at(&parameter.name, index)],
        };
        let value = Value::join(&values, " ");
        let is_empty = value.text.is_empty() || value.text.chars().all(|c| c == markers::UNSET);
        match &parameter.op {
            ParameterOp::Value | ParameterOp::Error => value,
            ParameterOp::Length => Value::name(),
            ParameterOp::Indirect => match value.known() {
                Some(name) => self.variable_at(&name, None),
                None => Value::hole(),
            },
            ParameterOp::Default(word, assigns) => {
                if !is_empty {
                    return value;
                }
                let default = self.expand_one(word);
                if *assigns {
                    self.scope.set(&parameter.name, vec![default.clone()]);
                }
                default
            }
            ParameterOp::Alternate(word) => {
                let other = self.expand_one(word);
                if is_empty { Value::default() } else { other }
            }
            ParameterOp::TrimPrefix(word, longest) => {
                let pattern = self.expand_one(word);
                trim(&value, &pattern, *longest, true)
            }
            ParameterOp::TrimSuffix(word, longest) => {
                let pattern = self.expand_one(word);
                trim(&value, &pattern, *longest, false)
            }
            ParameterOp::Replace(pattern, with, all) => {
                let (pattern, with) = (self.expand_one(pattern), self.expand_one(with));
                replace(&value, &pattern, &with, *all)
            }
            ParameterOp::Slice(range) => slice(&value, range),
            ParameterOp::Upper => Value { text: value.text.to_uppercase(), taint: value.taint },
            ParameterOp::Lower => Value { text: value.text.to_lowercase(), taint: value.taint },
            ParameterOp::Other => Value::hole().tainted(value.taint),
        }
    }

    /// The values of `$@` or `${x[@]}`.
    pub(super) fn list_of(&mut self, parameter: &Parameter) -> Vec<Value> {
        match parameter.name.as_str() {
            "@" | "*" => self.scope.arguments.to_vec(),
            name => self.scope.get(name).unwrap_or_else(|| vec![self.variable(name)]),
        }
    }

    fn variable_at(&mut self, name: &str, index: Option<&str>) -> Value {
        let Some(index) = index else { return self.variable(name) };
        let Some(values) = self.scope.get(name) else { return self.variable(name) };
        match index.parse::<usize>() {
            Ok(at) => values.get(at).cloned().unwrap_or_else(|| Value::of(markers::UNSET)),
            // Which one is meant is not known; if there is one only, it is that one.
            Err(_) => match values.as_slice() {
                [only] => only.clone(),
                _ => Value::hole(),
            },
        }
    }

    /// The value of a variable.
    pub(crate) fn variable(&mut self, name: &str) -> Value {
        if let Some(values) = self.scope.get(name) {
            return values.into_iter().next().unwrap_or_else(|| Value::of(markers::UNSET));
        }
        if let Ok(number) = name.parse::<usize>() {
            return match number.checked_sub(1) {
                None => self.scope.zero.clone(),
                Some(at) => self.scope.arguments.get(at).cloned().unwrap_or_else(|| Value::of(markers::UNSET)),
            };
        }
        match name {
            "@" | "*" => Value::join(self.scope.arguments.iter(), " "),
            "#" | "?" | "$" | "!" | "-" | "_" | "RANDOM" | "SECONDS" | "LINENO" | "UID" | "EUID" | "PPID"
            | "BASHPID" | "EPOCHSECONDS" | "SRANDOM" => Value::name(),
            "HOME" => Value::of(self.world.home().as_str()),
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

/// Whether a pattern with markers fits a text.
pub(crate) fn fits(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match (pattern.get(p), text.get(t)) {
            (Some(&markers::STAR), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(&markers::ANY), _) => (p, t) = (p + 1, t + 1),
            (Some(one), Some(other)) if one == other => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == markers::STAR)
}

fn trim(value: &Value, pattern: &Value, longest: bool, prefix: bool) -> Value {
    let text: Vec<char> = value.text.chars().collect();
    let pattern_chars: Vec<char> = pattern.text.chars().collect();
    if pattern.has_hole() || text.len() > LONGEST || pattern_chars.len() > 256 {
        return Value::hole().tainted(value.taint);
    }
    let lengths: Vec<usize> = if longest { (0..=text.len()).rev().collect() } else { (0..=text.len()).collect() };
    for length in lengths {
        let (cut, rest) = if prefix {
            (text.get(..length), text.get(length..))
        } else {
            (text.get(text.len() - length..), text.get(..text.len() - length))
        };
        if cut.is_some_and(|cut| fits(&pattern_chars, cut)) {
            return Value { text: rest.unwrap_or_default().iter().collect(), taint: value.taint };
        }
    }
    // What is not known in the value may be what the pattern means.
    value.clone()
}

fn replace(value: &Value, pattern: &Value, with: &Value, all: bool) -> Value {
    if !pattern.is_known() || pattern.text.is_empty() || value.text.len() > LONGEST {
        return Value::hole().tainted(value.taint | with.taint);
    }
    let text = if all {
        value.text.replace(&pattern.text, &with.text)
    } else {
        value.text.replacen(&pattern.text, &with.text, 1)
    };
    let mut out = Value { text: String::new(), taint: value.taint | with.taint };
    out.push(&Value::of(text));
    out
}

fn slice(value: &Value, range: &str) -> Value {
    let mut numbers = range.splitn(2, ':').map(|number| number.trim().parse::<usize>().ok());
    let (Some(Some(from)), length) = (numbers.next(), numbers.next()) else {
        return Value::hole().tainted(value.taint);
    };
    if value.has_hole() || length == Some(None) {
        return Value::hole().tainted(value.taint);
    }
    let rest = value.text.chars().skip(from);
    let text = match length.flatten() {
        Some(length) => rest.take(length).collect(),
        None => rest.collect(),
    };
    Value { text, taint: value.taint }
}
