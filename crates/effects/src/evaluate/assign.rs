//! Assignments: for the rest of the text, or for one command.

use super::machine::Machine;
use super::scope::MOST_VALUES;
use super::value::Value;
use crate::shell::{Arm, Assignment, Element, Word};

impl Machine<'_> {
    /// Carries assignments out, and gives what was assigned.
    pub(super) fn assign_all(&mut self, assignments: &[Assignment]) -> Vec<(String, Value)> {
        self.keeping_brackets(true, |machine| machine.assign_each(assignments))
    }

    fn assign_each(&mut self, assignments: &[Assignment]) -> Vec<(String, Value)> {
        let mut out = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let value = match (&assignment.value, &assignment.index) {
                (Arm::One(word), None) => self.assign_one(assignment, word),
                (Arm::One(word), Some(index)) => {
                    let (key, value) = (self.expand_one(index), self.expand_one(word));
                    self.assign_element(&assignment.name, &key, &value, assignment.appends)
                }
                (Arm::Many(elements), _) => self.assign_many(assignment, elements),
            };
            if self.scope.attributes(&assignment.name).is_some_and(|attributes| attributes.is_integer) {
                self.arithmetic(&value);
            }
            out.push((assignment.name.clone(), value));
        }
        out
    }

    fn assign_one(&mut self, assignment: &Assignment, word: &Word) -> Value {
        let value = self.expand_one(word);
        if !assignment.appends {
            self.scope.set(&assignment.name, vec![value.clone()]);
            return value;
        }
        let mut values = self.scope.get(&assignment.name).unwrap_or_default();
        let mut text = match values.first() {
            Some(first) => first.clone(),
            None => self.variable(&assignment.name),
        };
        text.push(&value);
        match values.first_mut() {
            Some(first) => *first = text.clone(),
            None => values.push(text.clone()),
        }
        self.scope.set(&assignment.name, values);
        text
    }

    /// Sets one value of an array; gives the value.
    pub(crate) fn assign_element(&mut self, name: &str, key: &Value, value: &Value, appends: bool) -> Value {
        // Where bash and zsh keep their aliases.
        match name {
            "BASH_ALIASES" | "aliases" | "galiases" | "saliases" | "functions" => {
                self.scope.alias(&key.text, value.clone());
            }
            "BASH_CMDS" | "commands" => self.scope.alias(&key.text, super::quoted(value)),
            _ => {}
        }
        let is_keyed = self.scope.attributes(name).is_some_and(|attributes| attributes.is_keyed);
        let key = if is_keyed { key.clone() } else { self.arithmetic(key) };
        let mut whole = Value::default();
        if appends {
            whole = self.scope.element(name, &key).unwrap_or_default();
        }
        whole.push(value);
        self.scope.set_element(name, &key, whole.clone());
        whole
    }

    fn assign_many(&mut self, assignment: &Assignment, elements: &[Element]) -> Value {
        let name = assignment.name.as_str();
        let mut known = if assignment.appends { self.scope.get(name).unwrap_or_default() } else { Vec::new() };
        self.burn(known.len() / 4);
        let mut has_keys = assignment.appends && self.scope.has_keys(name);
        let mut all = Vec::new();
        for element in elements {
            let Some(key) = &element.key else {
                let word = std::slice::from_ref(&element.value);
                let values = self.keeping_brackets(false, |machine| machine.expand_all(word));
                all.extend(values.iter().cloned());
                known.extend(values);
                if known.len() > MOST_VALUES {
                    known.truncate(MOST_VALUES);
                    known.push(Value::hole());
                }
                continue;
            };
            if !has_keys {
                self.scope.set(name, std::mem::take(&mut known));
                has_keys = true;
            }
            let (key, value) = (self.expand_one(key), self.expand_one(&element.value));
            self.assign_element(name, &key, &value, false);
            all.push(value);
        }
        if !has_keys {
            self.scope.set(name, known);
        } else if !known.is_empty() {
            // Values with keys and without them: where each one lies is not known.
            self.scope.set(name, vec![Value::hole()]);
        }
        Value::join(&all, " ")
    }
}
