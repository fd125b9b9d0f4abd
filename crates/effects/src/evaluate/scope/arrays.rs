//! Arrays: values by number, or by keys.

use super::{Scope, Variable};
use crate::evaluate::value::{Value, markers};
use std::rc::Rc;

/// So many values an array has at most.
pub(crate) const MOST_VALUES: usize = 1024;

impl Scope {
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
}
