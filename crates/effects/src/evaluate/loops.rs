//! Loops, and what is left early: they may be entered or not, and a round finds what the one before has set.

use super::flow::first_word;
use super::machine::Machine;
use super::scope::Scope;
use super::value::Value;
use crate::shell::{Command, Item, Script};
use portcullis_event::Hazard;

/// So often a loop is gone through at most.
const ROUNDS: usize = 24;

/// So often the body of a loop is gone over until nothing changes any more.
const MOST_CHANGES: usize = 8;

/// What is known where a loop is left early.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Where it ends.
    behind: Option<Scope>,
    /// Where only a round ends.
    round: Option<Scope>,
}

impl Machine<'_> {
    /// A loop, which may be left early, and not be entered.
    pub(super) fn looping(&mut self, is_entered: bool, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        let before = self.scope.clone();
        let out = self.leaving_loop(inner);
        if !is_entered {
            self.scope.merge(&before);
        }
        out
    }

    /// A loop: what is known behind it is what is known wherever it was left.
    pub(super) fn leaving_loop(&mut self, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        self.loops.push(Left::default());
        let out = inner(self);
        self.go_on();
        if let Some(left) = self.loops.pop().and_then(|left| left.behind) {
            self.scope.merge(&left);
        }
        out
    }

    /// A function, or a text that is read in: as with a loop.
    pub(crate) fn leaving_function(&mut self, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        let outer = self.left_function.take();
        let out = inner(self);
        if let Some(left) = self.left_function.take() {
            self.scope.merge(&left);
        }
        self.left_function = outer;
        out
    }

    /// Remembers what is known where a whole function is left.
    pub(crate) fn leave(&mut self) {
        self.scope.join(&mut self.left_function);
    }

    /// Remembers what is known where a shell is left, for the commands that run then.
    pub(crate) fn leave_shell(&mut self) {
        if !self.traps.is_empty() {
            self.scope.join(&mut self.left_shell);
        }
    }

    /// `break` and `continue`: leaves so many loops, or rounds of the last one of them.
    pub(crate) fn leave_loops(&mut self, levels: Option<usize>, goes_on: bool) {
        let count = self.loops.len();
        let range = match levels {
            Some(levels) => count.saturating_sub(levels.max(1))..count.saturating_sub(levels.max(1)) + 1,
            None => 0..count,
        };
        for left in self.loops.get_mut(range).unwrap_or_default() {
            self.scope.join(if goes_on { &mut left.round } else { &mut left.behind });
        }
    }

    /// A round ends: what was known where it was left early may hold, too.
    fn go_on(&mut self) {
        if let Some(left) = self.loops.last_mut().and_then(|left| left.round.take()) {
            self.scope.merge(&left);
        }
    }

    /// The body of a loop: what a round has set, the next one may find.
    pub(super) fn rounds(&mut self, mut body: impl FnMut(&mut Self) -> Value) -> Value {
        let mut before = self.scope.clone();
        let mut out = body(self);
        self.go_on();
        for _ in 0..MOST_CHANGES {
            let mut merged = self.scope.clone();
            merged.merge(&before);
            if !merged.knows_other_values(&before) {
                return out;
            }
            before = merged.clone();
            self.scope = merged;
            let printed = body(self);
            self.go_on();
            out.push(&printed);
        }
        self.unresolved("each round of a loop changes what the next one does");
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
            self.go_on();
            out.push(&printed);
        }
        out
    }

    /// A loop that reads lines is gone through for each of them, if they are known.
    pub(super) fn while_loop(&mut self, test: &Script, body: &Script, stdin: &Value) -> Value {
        if is_always(test) && body.items.iter().any(|item| item.background) && !body.items.iter().any(waits) {
            self.danger(Hazard::Exhaustion, "a loop that never ends starts more and more");
        }
        let mut out = Value::default();
        let lines = stdin.split(&['\n']);
        let inputs: Vec<Value> = if lines.is_empty() { vec![stdin.clone()] } else { lines };
        let reads = test.items.first().is_some_and(|item| reads_lines(&item.first));
        let rounds = if reads { inputs.len().min(ROUNDS) } else { 1 };
        // What is left after so many lines may be any others.
        let mut inputs = inputs;
        if reads && inputs.len() > ROUNDS {
            inputs.insert(rounds, Value::hole().tainted(stdin.taint));
        }
        let rounds = rounds + usize::from(inputs.len() > ROUNDS && reads);
        for input in inputs.iter().take(rounds) {
            let input = if reads { input } else { stdin };
            let left = if reads { stdin.clone().without_known() } else { stdin.clone() };
            let round = |machine: &mut Self| {
                machine.script(test, input);
                let before = machine.scope.clone();
                let printed = machine.script(body, &left);
                machine.scope.merge(&before);
                printed
            };
            let printed =
                if reads && input.is_known() && !input.text.is_empty() { round(self) } else { self.rounds(round) };
            self.go_on();
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

/// Whether a test holds for ever: `while :`.
fn is_always(test: &Script) -> bool {
    let [item] = test.items.as_slice() else { return false };
    let name = item.first.simple().map(first_word).unwrap_or_default();
    item.rest.is_empty() && matches!(name.as_str(), ":" | "true")
}

/// Whether a round waits for something, or may end the loop.
fn waits(item: &Item) -> bool {
    let mut commands = std::iter::once(&item.first).chain(item.rest.iter().map(|(_, command)| command));
    let waiting = ["sleep", "wait", "read", "inotifywait", "break", "exit", "return", "usleep", "fswatch"];
    !item.background
        && commands.any(|command| command.simple().is_none_or(|simple| waiting.contains(&first_word(simple).as_str())))
}

fn reads_lines(command: &Command) -> bool {
    command.simple().is_some_and(|simple| first_word(simple) == "read")
}
