//! Loops, and what is left early: they may be entered or not, and a round finds what the one before has set.

use super::flow::first_word;
use super::machine::Machine;
use super::value::Value;
use crate::shell::{Command, Script};

/// So often a loop is gone through at most.
const ROUNDS: usize = 24;

impl Machine<'_> {
    /// A loop, which may be left early, and not be entered.
    pub(super) fn looping(&mut self, is_entered: bool, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        let before = self.scope.clone();
        let out = self.leaving_loop(inner);
        if !is_entered {
            self.merge_maybe(&before);
        }
        out
    }

    /// A loop: what is known behind it is what is known wherever it was left.
    pub(super) fn leaving_loop(&mut self, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        let outer = self.left_loop.take();
        let out = inner(self);
        if let Some(left) = std::mem::replace(&mut self.left_loop, outer) {
            self.merge_maybe(&left);
            // `break 2` leaves the loop around it, too.
            if self.left_loop.is_some() {
                self.leave(false);
            }
        }
        out
    }

    /// A function, or a text that is read in: as with a loop.
    pub(crate) fn leaving_function(&mut self, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        let outer = (self.left_function.take(), self.left_loop.take());
        let out = inner(self);
        if let Some(left) = self.left_function.take() {
            self.merge_maybe(&left);
        }
        (self.left_function, self.left_loop) = outer;
        out
    }

    /// Remembers what is known where a loop, or a whole function, is left.
    pub(crate) fn leave(&mut self, function: bool) {
        let left = if function { &mut self.left_function } else { &mut self.left_loop };
        match left {
            Some(left) => left.merge(&self.scope),
            None => *left = Some(self.scope.clone()),
        }
    }

    /// The body of a loop: what a round has set, the next one may find.
    pub(super) fn rounds(&mut self, mut body: impl FnMut(&mut Self) -> Value) -> Value {
        let before = self.scope.clone();
        let mut out = body(self);
        if self.scope.knows_other_values(&before) {
            self.merge_maybe(&before);
            let printed = body(self);
            out.push(&printed);
        }
        out
    }

    pub(super) fn for_each(&mut self, name: &str, values: &[Value], body: &Script, stdin: &Value) -> Value {
        let mut out = Value::default();
        let mut rounds: Vec<Value> = values.iter().take(ROUNDS).cloned().collect();
        if values.len() > ROUNDS || values.is_empty() {
            rounds.push(Value::hole());
        }
        let last = rounds.len().saturating_sub(1);
        for (at, value) in rounds.into_iter().enumerate() {
            let is_open = at == last && !value.is_known();
            let round = |machine: &mut Self| {
                machine.scope.set(name, vec![value.clone()]);
                machine.script(body, stdin)
            };
            let printed = if is_open { self.rounds(round) } else { round(self) };
            out.push(&printed);
        }
        out
    }

    /// A loop that reads lines is gone through for each of them, if they are known.
    pub(super) fn while_loop(&mut self, test: &Script, body: &Script, stdin: &Value) -> Value {
        let mut out = Value::default();
        let lines = stdin.split(&['\n']);
        let inputs: Vec<Value> = if lines.is_empty() { vec![stdin.clone()] } else { lines };
        let reads = test.items.first().is_some_and(|item| reads_lines(&item.first));
        let rounds = if reads { inputs.len().min(ROUNDS) } else { 1 };
        for input in inputs.iter().take(rounds) {
            let input = if reads { input } else { stdin };
            let left = if reads { stdin.clone().without_known() } else { stdin.clone() };
            let round = |machine: &mut Self| {
                machine.script(test, input);
                let before = machine.scope.clone();
                let printed = machine.script(body, &left);
                machine.merge_maybe(&before);
                printed
            };
            let printed =
                if reads && input.is_known() && !input.text.is_empty() { round(self) } else { self.rounds(round) };
            out.push(&printed);
        }
        out
    }
}

impl Value {
    /// What is left of an input once lines were taken from it.
    pub(super) fn without_known(self) -> Self {
        Self::hole().tainted(self.taint)
    }
}

fn reads_lines(command: &Command) -> bool {
    command.simple().is_some_and(|simple| first_word(simple) == "read")
}
