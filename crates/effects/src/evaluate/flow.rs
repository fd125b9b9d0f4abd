//! Lists, pipelines, branches and loops: every branch is gone through, for any of them may be taken.

use super::machine::Machine;
use super::scope::Scope;
use super::value::Value;
use crate::effect::Confidence;
use crate::shell::{Command, Item, Script, Shape, Simple};
use portcullis_event::Hazard;
use std::slice;

/// So often a loop is gone through at most.
const ROUNDS: usize = 24;

impl Machine<'_> {
    /// Runs a list; gives what it prints.
    pub(crate) fn script(&mut self, script: &Script, stdin: &Value) -> Value {
        let mut out = Value::default();
        for item in &script.items {
            if !self.burn(4) {
                return Value::hole();
            }
            let printed = self.item(item, stdin);
            out.push(&printed);
        }
        out
    }

    fn item(&mut self, item: &Item, stdin: &Value) -> Value {
        if item.background {
            self.look_for_bomb(item);
        }
        let mut out = self.command(&item.first, stdin);
        if item.rest.is_empty() {
            return out;
        }
        let confidence = self.confidence;
        self.confidence = confidence.min(Confidence::Likely);
        for (_, command) in &item.rest {
            let before = self.scope.clone();
            let printed = self.command(command, stdin);
            if sets_only(command) && self.burn(64) {
                self.scope.merge(&before);
            }
            out.push(&printed);
        }
        self.confidence = confidence;
        out
    }

    /// Runs a command; gives what it prints.
    pub(crate) fn command(&mut self, command: &Command, stdin: &Value) -> Value {
        if self.depth == 0 {
            self.mark = command.mark;
        }
        if !self.burn(4) {
            return Value::hole();
        }
        match &command.shape {
            Shape::Simple(simple) => return self.simple_command(command, simple, stdin),
            Shape::Pipeline(commands) => return self.pipeline(commands, stdin),
            Shape::Function { name, body } => {
                self.scope.define(name, body);
                return Value::default();
            }
            Shape::Group(_)
            | Shape::Subshell(_)
            | Shape::If { .. }
            | Shape::For { .. }
            | Shape::While { .. }
            | Shape::Case { .. }
            | Shape::Test(_)
            | Shape::Arithmetic(_)
            | Shape::Coprocess(_) => {}
        }
        let streams = self.open(&command.redirects);
        let stdin = streams.input.clone().unwrap_or_else(|| stdin.clone());
        let out = self.compound(&command.shape, &stdin);
        self.close(&streams, out, false)
    }

    fn compound(&mut self, shape: &Shape, stdin: &Value) -> Value {
        match shape {
            Shape::Group(script) => self.script(script, stdin),
            Shape::Subshell(script) => self.aside(|machine| machine.script(script, stdin)),
            Shape::If { tests, bodies } => self.branches(tests, bodies, stdin),
            Shape::For { name, words, body } => {
                let values = match words {
                    Some(words) => self.expand_all(words),
                    None => self.scope.arguments.to_vec(),
                };
                self.for_each(name, &values, body, stdin)
            }
            Shape::While { test, body } => self.while_loop(test, body, stdin),
            Shape::Case { word, cases } => {
                self.expand_one(word);
                let bodies: Vec<Script> = cases.iter().map(|case| case.body.clone()).collect();
                cases.iter().flat_map(|case| &case.patterns).for_each(|pattern| drop(self.expand_one(pattern)));
                self.branches(&[], &bodies, stdin)
            }
            Shape::Test(words) => {
                self.expand_all(words);
                Value::default()
            }
            Shape::Arithmetic(word) => {
                self.expand_one(word);
                Value::default()
            }
            Shape::Coprocess(command) => self.aside(|machine| machine.command(command, stdin)),
            Shape::Simple(_) | Shape::Pipeline(_) | Shape::Function { .. } => Value::default(),
        }
    }

    /// Each program's output is the next one's input.
    fn pipeline(&mut self, commands: &[Command], stdin: &Value) -> Value {
        let mark = self.mark;
        let mut flow = stdin.clone();
        for command in commands {
            flow = self.aside(|machine| machine.command(command, &flow));
            self.mark = mark;
        }
        flow
    }

    fn branches(&mut self, tests: &[Script], bodies: &[Script], stdin: &Value) -> Value {
        let confidence = self.confidence;
        for test in tests {
            self.script(test, stdin);
        }
        self.confidence = confidence.min(Confidence::Likely);
        let before = self.scope.clone();
        let mut after: Option<Scope> = (bodies.len() <= tests.len()).then(|| before.clone());
        let mut out = Value::default();
        for body in bodies {
            self.scope = before.clone();
            let printed = self.script(body, stdin);
            out.push(&printed);
            match &mut after {
                Some(merged) => merged.merge(&self.scope),
                None => after = Some(self.scope.clone()),
            }
        }
        self.scope = after.unwrap_or(before);
        self.confidence = confidence;
        out
    }

    fn for_each(&mut self, name: &str, values: &[Value], body: &Script, stdin: &Value) -> Value {
        let mut out = Value::default();
        let mut rounds: Vec<Value> = values.iter().take(ROUNDS).cloned().collect();
        if values.len() > ROUNDS || values.is_empty() {
            rounds.push(Value::hole());
        }
        for value in rounds {
            if !name.is_empty() {
                self.scope.set(name, vec![value]);
            }
            let printed = self.script(body, stdin);
            out.push(&printed);
        }
        out
    }

    /// A loop that reads lines is gone through for each of them, if they are known.
    fn while_loop(&mut self, test: &Script, body: &Script, stdin: &Value) -> Value {
        let mut out = Value::default();
        let lines = stdin.split(&['\n']);
        let inputs: Vec<Value> = if lines.is_empty() { vec![stdin.clone()] } else { lines };
        let reads = test.items.first().is_some_and(|item| reads_lines(&item.first));
        let rounds = if reads { inputs.len().min(ROUNDS) } else { 1 };
        for input in inputs.iter().take(rounds) {
            let input = if reads { input } else { stdin };
            self.script(test, input);
            let left = if reads { stdin.clone().without_known() } else { stdin.clone() };
            let printed = self.script(body, &left);
            out.push(&printed);
        }
        out
    }

    /// A function that starts itself in the background, twice.
    fn look_for_bomb(&mut self, item: &Item) {
        let Some(current) = self.calls.last().cloned() else { return };
        let commands =
            if let Shape::Pipeline(all) = &item.first.shape { all.as_slice() } else { slice::from_ref(&item.first) };
        if commands.iter().filter_map(Command::simple).any(|simple| first_word(simple) == current) {
            self.danger(Hazard::Exhaustion, "a function starts itself again and again");
        }
    }
}

impl Value {
    /// What is left of an input once lines were taken from it.
    fn without_known(self) -> Self {
        Self::hole().tainted(self.taint)
    }
}

fn first_word(simple: &Simple) -> String {
    match simple.words.first().map(|word| word.parts.as_slice()) {
        Some([crate::shell::Part::Plain(name)]) => name.clone(),
        _ => String::new(),
    }
}

fn reads_lines(command: &Command) -> bool {
    command.simple().is_some_and(|simple| first_word(simple) == "read")
}

/// Whether a command does nothing but set variables: then it may also not have happened.
fn sets_only(command: &Command) -> bool {
    command.simple().is_some_and(|simple| simple.words.is_empty())
}
