//! Declarations: what a variable is, besides its value, and whether it belongs to the function that runs.

use super::machine::Machine;
use super::value::Value;
use crate::shell::{Arm, Assignment};

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
    pub(super) fn declare<'a>(&mut self, argv: &[Value], assignments: &'a [Assignment]) -> &'a [Assignment] {
        let declared = Declared::read(argv, assignments);
        let command = argv.first().map(|name| name.text.as_str()).unwrap_or_default();
        let may_be_local = matches!(command, "local" | "declare" | "typeset");
        if may_be_local && !declared.has('g') && !declared.has('f') && !declared.has('p') && !self.locals.is_empty() {
            for name in &declared.names {
                self.make_local(name);
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
                self.refer(assignment);
            }
            return &[];
        }
        assignments
    }

    /// What holds once the values are assigned.
    pub(super) fn declared(&mut self, argv: &[Value], assignments: &[Assignment]) {
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

    fn make_local(&mut self, name: &str) {
        let before = self.scope.get(name);
        if let Some(frame) = self.locals.last_mut().filter(|frame| frame.len() < 512) {
            frame.push((name.to_owned(), before));
        }
        self.scope.set(name, Vec::new());
    }

    /// `declare -n name=other`.
    fn refer(&mut self, assignment: &Assignment) {
        let Arm::One(word) = &assignment.value else { return };
        let other = self.keeping_brackets(true, |machine| machine.expand_one(word));
        self.use_name(&other);
        if is_name(&other.text) && other.text != assignment.name {
            self.scope.declare(&assignment.name, |attributes| attributes.refers_to = Some(other.text));
        } else {
            self.scope.set(&assignment.name, vec![Value::hole().tainted(other.taint)]);
        }
    }
}
