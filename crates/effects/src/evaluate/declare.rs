//! Declarations: what a variable is, besides its value, and whether it belongs to the function that runs.

use super::machine::Machine;
use super::value::Value;
use crate::shell::{Arm, Assignment};

/// So many variables of its own a function has at most.
const MOST_LOCALS: usize = 512;

/// What `declare` and its kind are asked for.
#[derive(Debug)]
struct Declared {
    letters: String,
    names: Vec<String>,
}

impl Declared {
    fn read(argv: &[Value], assignments: &[Assignment]) -> Self {
        let words = argv.get(1..).unwrap_or_default();
        let letters = words.iter().filter_map(|word| word.text.strip_prefix('-')).collect();
        let bare = words.iter().map(|word| word.text.split_once('=').map_or(word.text.as_str(), |(name, _)| name));
        let names = bare.chain(assignments.iter().map(|it| it.name.as_str())).filter(|name| is_name(name));
        Self { letters, names: names.map(str::to_owned).collect() }
    }

    fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Machine<'_> {
    /// Declares what is assigned next; gives what is still to be assigned.
    pub(crate) fn declare<'a>(&mut self, argv: &[Value], assignments: &'a [Assignment]) -> &'a [Assignment] {
        let declared = Declared::read(argv, assignments);
        let command = argv.first().map(|name| name.text.as_str()).unwrap_or_default();
        let may_be_local = matches!(command, "local" | "declare" | "typeset");
        if may_be_local && !declared.has('g') && !declared.has('f') && !declared.has('p') && !self.locals.is_empty() {
            for name in &declared.names {
                let is_assigned = assignments.iter().any(|it| it.name == *name)
                    || argv.iter().any(|word| word.text.split_once('=').is_some_and(|(own, _)| own == name));
                self.make_local(name, command == "local" && !is_assigned);
            }
        }
        for name in &declared.names {
            if command == "export" || declared.has('x') {
                self.scope.export(name, !(command == "export" && declared.has('n')));
            }
            if declared.letters.contains(['i', 'A', 'l', 'u']) {
                self.scope.declare(name, |attributes| {
                    attributes.is_integer |= declared.has('i');
                    attributes.is_keyed |= declared.has('A');
                    attributes.is_lower |= declared.has('l');
                    attributes.is_upper |= declared.has('u');
                });
            }
        }
        if declared.has('n') && command != "export" {
            for assignment in assignments {
                let Arm::One(word) = &assignment.value else { continue };
                let other = self.keeping_brackets(true, |machine| machine.expand_one(word));
                self.refer(&assignment.name, other);
            }
            for word in argv {
                if let Some((name, other)) = word.text.split_once('=').filter(|(name, _)| is_name(name)) {
                    self.refer(name, Value { text: other.to_owned(), taint: word.taint });
                }
            }
            return &[];
        }
        assignments
    }

    /// What holds once the values are assigned.
    pub(crate) fn declared(&mut self, argv: &[Value], assignments: &[Assignment]) {
        let declared = Declared::read(argv, assignments);
        let freezes = argv.first().is_some_and(|name| name.is("readonly")) || declared.has('r');
        for name in declared.names.iter().filter(|_| freezes) {
            if declared.has('f') {
                self.scope.freeze_function(name);
            } else {
                self.scope.declare(name, |attributes| attributes.is_frozen = true);
            }
        }
    }

    /// `may_keep`: some shells leave it the value that it had.
    fn make_local(&mut self, name: &str, may_keep: bool) {
        let Some(frame) = self.locals.last_mut() else { return };
        if frame.iter().any(|(own, _)| own == name) {
            return;
        }
        if frame.len() >= MOST_LOCALS {
            self.unresolved("a function has more variables than are kept");
            return;
        }
        let had =
            self.scope.get(name).map_or(name == "HOME", |values| values.iter().any(|value| !value.text.is_empty()));
        let before = self.scope.make_local(name);
        if had && may_keep {
            self.scope.set(name, vec![Value::hole()]);
        }
        if let Some(frame) = self.locals.last_mut() {
            frame.push((name.to_owned(), before));
        }
    }

    /// `declare -n name=other`.
    fn refer(&mut self, name: &str, other: Value) {
        self.use_name(&other);
        if is_name(&other.text) && other.text != name {
            self.scope.declare(name, |attributes| attributes.refers_to = Some(other.text));
        } else {
            self.scope.set(name, vec![Value::hole().tainted(other.taint)]);
        }
    }
}
