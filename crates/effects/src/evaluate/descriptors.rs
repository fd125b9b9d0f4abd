//! Descriptors: what is open under a number, to be read or to be written to.

use super::machine::Machine;
use super::value::Value;
use std::collections::HashMap;

/// Where something that is written goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sink {
    /// To whoever reads what the command prints.
    Out,
    /// To whoever reads its errors.
    Errors,
    /// To another machine.
    Socket,
    File {
        path: Value,
        appends: bool,
    },
}

/// What is open, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Descriptors {
    pub(super) inputs: HashMap<String, Value>,
    pub(super) sinks: HashMap<String, Sink>,
}

impl Descriptors {
    /// Where a number leads, if it was opened.
    pub(super) fn sink(&self, number: &str) -> Option<Sink> {
        self.sinks.get(number).cloned()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.sinks.is_empty()
    }

    /// Takes over what another one has open.
    pub(super) fn extend(&mut self, other: &Self) {
        self.inputs.extend(other.inputs.iter().map(|(number, value)| (number.clone(), value.clone())));
        self.sinks.extend(other.sinks.iter().map(|(number, sink)| (number.clone(), sink.clone())));
    }

    /// What may be open, if either of two may be what is.
    pub(super) fn merge(&mut self, other: &Self) {
        for (number, value) in &mut self.inputs {
            if other.inputs.get(number) != Some(value) {
                *value = Value::hole().tainted(value.taint);
            }
        }
        for number in other.inputs.keys() {
            self.inputs.entry(number.clone()).or_insert_with(Value::hole);
        }
        for (number, sink) in &other.sinks {
            self.sinks.entry(number.clone()).or_insert_with(|| sink.clone());
        }
    }
}

/// The number in the name of a descriptor, such as `/dev/fd/3`.
pub(super) fn number_of(path: &str) -> Option<&str> {
    match path {
        "/dev/stdin" => Some("0"),
        "/dev/stdout" => Some("1"),
        "/dev/stderr" => Some("2"),
        path => {
            let number = ["/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"]
                .iter()
                .find_map(|folder| path.strip_prefix(folder))?;
            (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit())).then_some(number)
        }
    }
}

impl Machine<'_> {
    /// What can be read from a descriptor that is named as a file.
    pub(crate) fn descriptor_text(&self, path: &Value) -> Option<Value> {
        if let Some(number) = number_of(&path.text) {
            return Some(self.readable(number));
        }
        if self.links.is_empty() {
            return None;
        }
        let led = self.linked(path, super::Follows::All);
        led.iter().find_map(|target| number_of(target.path.as_str())).map(|number| self.readable(number))
    }

    /// What can be read from a descriptor.
    pub(crate) fn readable(&self, number: &str) -> Value {
        match (self.scope.descriptors.inputs.get(number), number) {
            (None, "0") => self.stdin.clone(),
            (None, _) => Value::hole(),
            (Some(value), _) => value.clone(),
        }
    }

    /// Where a descriptor leads that no redirection of the command itself concerns.
    pub(super) fn sink(&self, number: &str) -> Option<Sink> {
        self.scope.descriptors.sink(number).or(match number {
            "1" => Some(Sink::Out),
            "2" => Some(Sink::Errors),
            _ => None,
        })
    }

    /// Does something in a shell of its own that reads a pipe, or prints to one, wherever the input and output of this
    /// one lead.
    pub(super) fn piped<T>(&mut self, reads: bool, prints: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.aside(|machine| {
            let open = &machine.scope.descriptors;
            if (prints && open.sinks.contains_key("1")) || (reads && open.inputs.contains_key("0")) {
                let open = std::rc::Rc::make_mut(&mut machine.scope.descriptors);
                if prints {
                    open.sinks.remove("1");
                }
                if reads {
                    open.inputs.remove("0");
                }
            }
            inner(machine)
        })
    }
}
