//! Functions and aliases: what a name stands for that is no program, or may be none.

use super::machine::Machine;
use super::scope::Scope;
use super::start::{SILENT, quoted};
use super::value::Value;
use crate::shell::Command;
use std::rc::Rc;

/// So often a function is followed when it calls itself.
const MOST_CALLS: usize = 6;

impl Machine<'_> {
    /// Aliases and functions of the text. What is not there for sure may be a program, too. What is known then is joined
    /// in `after`, for each of them begins with what is known now.
    pub(super) fn defined_here(
        &mut self,
        name: &str,
        argv: &[Value],
        stdin: &Value,
        after: &mut Option<Scope>,
    ) -> (Value, bool) {
        let mut out = Value::default();
        let before = self.scope.clone();
        if !self.calls.iter().any(|call| call == name) {
            for alias in self.scope.aliases(name) {
                // Whether aliases mean anything here is up to the shell.
                let text = self.with_alias(&alias, argv.get(1..).unwrap_or_default());
                let printed = self.called(name, |machine| machine.run_value(&text, stdin));
                out.push(&printed);
                self.scope.join(after);
                self.scope = before.clone();
            }
        }
        let (bodies, is_sure) = self.scope.functions(name);
        for body in &bodies {
            if self.comes_again(body, argv) {
                out.push(&Value::hole());
            } else {
                let printed = self.call_function(name, body, argv, stdin);
                out.push(&printed);
            }
            self.scope.join(after);
            self.scope = before.clone();
        }
        (out, is_sure)
    }

    /// Whether a function that is being called is called once more to no end. Words that are known may lead anywhere,
    /// and so may variables that the calls before have set: it goes on with what either may be.
    pub(super) fn comes_again(&mut self, body: &Rc<Command>, argv: &[Value]) -> bool {
        let mut running = self.bodies.iter().filter(|(running, _)| Rc::ptr_eq(running, body));
        let words = argv.get(1..).unwrap_or_default();
        let Some((_, before)) = running.next_back() else { return false };
        let (before, calls) = (before.clone(), running.count() + 1);
        let is_same = *before.arguments == words;
        if is_same {
            let mut merged = self.scope.clone();
            merged.merge(&before);
            if !merged.knows_other_values(&before) {
                return true;
            }
            if calls < MOST_CALLS {
                self.scope = merged;
                return false;
            }
        } else if calls < MOST_CALLS {
            return false;
        }
        if is_same || words.first().is_some_and(Value::is_known) {
            self.unresolved("a function calls itself too often to be followed");
        }
        true
    }

    /// An alias with the words behind it; one that ends in a blank makes the next word an alias, too.
    pub(super) fn with_alias(&mut self, alias: &Value, words: &[Value]) -> Value {
        let mut text = alias.clone();
        if crate::shell::is_part_of_a_command(&alias.text) {
            self.unresolved("an alias stands for a part of a command");
        }
        let mut goes_on = alias.text.ends_with([' ', '\t']);
        for word in words {
            text.push(&Value::of(" "));
            let next = if goes_on { self.scope.aliases(&word.text).into_iter().next() } else { None };
            goes_on = next.as_ref().is_some_and(|next| next.text.ends_with([' ', '\t']));
            text.push(&next.unwrap_or_else(|| quoted(word)));
        }
        text
    }

    pub(super) fn call_function(&mut self, name: &str, body: &Rc<Command>, argv: &[Value], stdin: &Value) -> Value {
        let arguments =
            std::mem::replace(&mut self.scope.arguments, Rc::new(argv.get(1..).unwrap_or_default().to_vec()));
        self.locals.push(Vec::new());
        self.bodies.push((Rc::clone(body), self.scope.clone()));
        let out = self.called(name, |machine| machine.leaving_function(|machine| machine.command(body, stdin)));
        self.bodies.pop();
        for (name, before) in self.locals.pop().unwrap_or_default().into_iter().rev() {
            self.scope.put_back(&name, before);
        }
        self.scope.arguments = arguments;
        out
    }

    /// Runs something under the name of what is called, so that it is seen when it calls itself.
    pub(crate) fn called(&mut self, name: &str, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        self.calls.push(name.to_owned());
        let out = inner(self);
        self.calls.pop();
        out
    }

    /// A program may not be there, and then a function of this name is called with its words.
    pub(super) fn not_found(&mut self, name: &str, argv: &[Value], stdin: &Value) {
        for handler in ["command_not_found_handle", "command_not_found_handler"] {
            let (bodies, _) = self.scope.functions(handler);
            if bodies.is_empty() || SILENT.contains(&name) || self.calls.iter().any(|call| call == handler) {
                continue;
            }
            let mut words = vec![Value::of(handler)];
            words.extend(argv.iter().cloned());
            for body in bodies {
                self.aside(|machine| machine.call_function(handler, &body, &words, stdin));
            }
        }
    }
}
