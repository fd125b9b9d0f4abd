//! Lists, pipelines, branches and loops: every branch is gone through, for any of them may be taken.

use super::machine::Machine;
use super::redirect::Streams;
use super::scope::Scope;
use super::value::Value;
use crate::effect::Confidence;
use crate::shell::{Case, Command, Item, Part, Script, Shape, Simple, Word};
use portcullis_event::Hazard;
use std::rc::Rc;
use std::slice;

impl Machine<'_> {
    /// Runs a list; gives what it prints.
    pub(crate) fn script(&mut self, script: &Script, stdin: &Value) -> Value {
        let mut out = Value::default();
        let mut left: Option<Value> = None;
        for item in &script.items {
            if !self.burn(4) {
                return Value::hole();
            }
            let reads = self.reads;
            let printed = self.item(item, left.as_ref().unwrap_or(stdin));
            out.push(&printed);
            if self.reads != reads && left.is_none() {
                left = Some(stdin.clone().without_known());
            }
        }
        out
    }

    fn item(&mut self, item: &Item, stdin: &Value) -> Value {
        if item.background {
            self.look_for_bomb(item);
            return self.aside(|machine| machine.joined_commands(item, stdin));
        }
        self.joined_commands(item, stdin)
    }

    fn joined_commands(&mut self, item: &Item, stdin: &Value) -> Value {
        let mut out = self.command(&item.first, stdin);
        if item.rest.is_empty() {
            return out;
        }
        let confidence = self.confidence;
        self.confidence = confidence.min(Confidence::Likely);
        // What is known where what follows the same sign is gone over.
        let mut skipped: Option<Scope> = None;
        let mut joint = item.rest.first().map(|(joint, _)| *joint);
        for (next, command) in &item.rest {
            if joint != Some(*next) {
                self.merge_skipped(&mut skipped);
                joint = Some(*next);
            }
            let before = self.scope.clone();
            let printed = self.command(command, stdin);
            out.push(&printed);
            if self.burn(8) {
                before.join(&mut skipped);
            }
        }
        self.merge_skipped(&mut skipped);
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
            | Shape::Count { .. }
            | Shape::While { .. }
            | Shape::Case { .. }
            | Shape::Test(_)
            | Shape::Arithmetic { .. }
            | Shape::Coprocess(_) => {}
        }
        let outer = self.reading(stdin);
        let streams = self.open(&command.redirects);
        let stdin = self.input(&streams, stdin);
        self.stdin.clone_from(&stdin);
        let (reads, known) = (self.reads, self.scope.clone());
        let out = self.compound(&command.shape, &stdin);
        if streams.input.is_some() {
            self.reads = reads;
        }
        if command.redirects.iter().any(super::start::may_fail) {
            self.scope.merge(&known);
        }
        self.stdin = outer;
        self.close(&streams, out, false)
    }

    /// What stands in words from here on reads this; gives what was read before.
    pub(super) fn reading(&mut self, stdin: &Value) -> Value {
        self.burn(stdin.text.len() / 32);
        std::mem::replace(&mut self.stdin, stdin.clone())
    }

    /// What a command reads: what is redirected to it, what the shell has opened for good, or what others give.
    pub(super) fn input(&self, streams: &Streams, given: &Value) -> Value {
        let opened = || self.scope.descriptors.inputs.get("0").cloned();
        streams.input.clone().or_else(opened).unwrap_or_else(|| given.clone())
    }

    fn compound(&mut self, shape: &Shape, stdin: &Value) -> Value {
        match shape {
            Shape::Group(script) => self.script(script, stdin),
            Shape::Subshell(script) => self.aside(|machine| machine.script(script, stdin)),
            Shape::If { tests, bodies } => self.branches(tests, bodies, stdin),
            Shape::For { name, words, body, selects } => {
                let values = match words {
                    Some(words) => self.expand_all(words),
                    None => self.scope.arguments.to_vec(),
                };
                if *selects {
                    self.scope.set("REPLY", vec![Value::hole()]);
                }
                let is_sure = !selects && !values.is_empty();
                self.looping(is_sure, |machine| machine.for_each(name, &values, body, stdin))
            }
            Shape::Count { header, body } => {
                self.expand_arithmetic(header);
                self.looping(false, |machine| machine.rounds(|machine| machine.script(body, stdin)))
            }
            Shape::While { test, body } => self.looping(true, |machine| machine.while_loop(test, body, stdin)),
            Shape::Case { word, cases } => {
                self.expand_one(word);
                cases.iter().flat_map(|case| &case.patterns).for_each(|pattern| drop(self.expand_one(pattern)));
                self.cases(cases, stdin)
            }
            Shape::Test(parts) => {
                for words in parts {
                    let values = self.expand_all(words);
                    self.test_words(&values);
                    // A shell that does not know `[[` takes what is behind `||` for a command.
                    if parts.len() > 1 && is_no_test(&values) {
                        self.aside(|machine| machine.start(values, stdin));
                    }
                }
                Value::default()
            }
            Shape::Arithmetic { word, commands } => {
                self.expand_arithmetic(word);
                // A shell that does not know `((` takes it for two subshells.
                if commands.items.iter().any(starts_what_is_known) {
                    self.aside(|machine| machine.script(commands, stdin));
                }
                Value::default()
            }
            Shape::Coprocess(command) => self.coprocess(command),
            Shape::Simple(_) | Shape::Pipeline(_) | Shape::Function { .. } => Value::default(),
        }
    }

    /// Each program's output is the next one's input.
    fn pipeline(&mut self, commands: &[Command], stdin: &Value) -> Value {
        let mark = self.mark;
        let mut flow = stdin.clone();
        let last = commands.len().saturating_sub(1);
        let mut reads = self.reads;
        for (at, command) in commands.iter().enumerate() {
            let run = |machine: &mut Self| machine.command(command, &flow);
            let known = self.scope.clone();
            let mut after = None;
            flow = self.piped(at > 0, at < last, |machine| {
                let flow = run(machine);
                after = (at == last).then(|| machine.scope.clone());
                flow
            });
            // Some shells run the last one themselves: what it sets may be kept.
            if let Some(mut after) = after.filter(|after| after.knows_other_values(&known)) {
                after.cwd = known.cwd.clone();
                after.elsewhere = Rc::clone(&known.elsewhere);
                self.scope.merge(&after);
            }
            // Only the first one reads what others do.
            if at == 0 {
                reads = self.reads;
            }
            self.mark = mark;
        }
        self.reads = reads;
        flow
    }

    /// Tests, and what comes behind each of them; the last body may have none.
    fn branches(&mut self, tests: &[Script], bodies: &[Script], stdin: &Value) -> Value {
        let confidence = self.confidence;
        for (at, test) in tests.iter().enumerate() {
            let before = self.scope.clone();
            self.script(test, stdin);
            if at > 0 {
                self.scope.merge(&before);
            }
        }
        self.confidence = confidence.min(Confidence::Likely);
        let before = self.scope.clone();
        let mut after: Option<Scope> = (bodies.len() <= tests.len()).then(|| before.clone());
        let mut out = Value::default();
        for body in bodies {
            self.scope = before.clone();
            let printed = self.script(body, stdin);
            out.push(&printed);
            self.scope.join(&mut after);
        }
        self.scope = after.unwrap_or(before);
        self.confidence = confidence;
        out
    }

    /// Any branch may be taken, or none; one that goes on leads into the next.
    fn cases(&mut self, cases: &[Case], stdin: &Value) -> Value {
        let confidence = self.confidence;
        self.confidence = confidence.min(Confidence::Likely);
        let before = self.scope.clone();
        let takes_any = cases.iter().any(|case| case.patterns.iter().any(is_any));
        let mut after: Option<Scope> = (!takes_any).then(|| before.clone());
        let mut out = Value::default();
        let mut goes_on = false;
        for case in cases {
            if goes_on {
                self.scope.merge(&before);
            } else {
                self.scope = before.clone();
            }
            let printed = self.script(&case.body, stdin);
            out.push(&printed);
            goes_on = case.goes_on;
            self.scope.join(&mut after);
        }
        self.scope = after.unwrap_or(before);
        self.confidence = confidence;
        out
    }

    fn merge_skipped(&mut self, skipped: &mut Option<Scope>) {
        if let Some(skipped) = skipped.take() {
            self.scope.merge(&skipped);
        }
    }

    fn expand_arithmetic(&mut self, word: &Word) {
        let text = self.expand_one(word);
        self.arithmetic(&text);
    }

    /// What runs beside the shell, and is fed by it.
    fn coprocess(&mut self, command: &Command) -> Value {
        self.scope.set("COPROC", vec![Value::hole(), Value::hole()]);
        self.aside(|machine| machine.command(command, &Value::hole()));
        Value::default()
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

pub(super) fn first_word(simple: &Simple) -> String {
    match simple.words.first().map(|word| word.parts.as_slice()) {
        Some([Part::Plain(name)]) => name.clone(),
        _ => String::new(),
    }
}

/// Whether words are none that can stand in `[[ … ]]`.
fn is_no_test(words: &[Value]) -> bool {
    let operators = ["=", "==", "!=", "=~", "<", ">"];
    match words {
        [first, second, _, ..] => {
            crate::programs::handler(&first.text).is_some()
                && !operators.contains(&second.text.as_str())
                && !second
                    .text
                    .strip_prefix('-')
                    .is_some_and(|name| matches!(name, "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "nt" | "ot" | "ef"))
        }
        _ => false,
    }
}

/// Whether a command names a program of which something is known.
fn starts_what_is_known(item: &Item) -> bool {
    let commands = std::iter::once(&item.first).chain(item.rest.iter().map(|(_, command)| command));
    commands
        .filter_map(Command::simple)
        .any(|simple| simple.words.len() > 1 && crate::programs::handler(&first_word(simple)).is_some())
}

/// Whether a pattern fits anything.
fn is_any(pattern: &Word) -> bool {
    matches!(pattern.parts.as_slice(), [Part::Plain(text)] if text == "*")
}
