//! Texts that are run: values, and the files that hold them.

use super::machine::Machine;
use super::place::Place;
use super::start::{Call, base_name};
use super::value::{Taint, Value, markers};
use crate::programs;
use std::rc::Rc;

/// So many files that a pattern means are run.
const MOST_WRITTEN: usize = 8;

impl Machine<'_> {
    /// Runs a value as shell text; what is not known of it stays unknown.
    pub(crate) fn run_value(&mut self, code: &Value, stdin: &Value) -> Value {
        if code.text.chars().all(markers::is_reserved) {
            // Nothing of it is known, and whoever runs it has said so.
            return Value::hole();
        }
        if code.taint.has(Taint::ECHOED) {
            let read = Value::of(crate::shell::unescape(code.text.split("\\c").next().unwrap_or_default()));
            self.aside(|machine| machine.with_unknowns(&read, |machine, text| machine.run_text(text, stdin)));
        }
        self.with_unknowns(code, |machine, text| machine.run_text(text, stdin))
    }

    /// Reads a value as a text in which markers are parameters that are not known.
    pub(crate) fn with_unknowns(&mut self, code: &Value, read: impl FnOnce(&mut Self, &str) -> Value) -> Value {
        let mark = self.mark;
        // A shell goes over NUL as if it were not there.
        let text = code.text.replace(markers::is_reserved, "${_unknown_}").replace('\0', "");
        let hidden = self.scope.get("_unknown_");
        if text.len() != code.text.len() {
            self.scope.set("_unknown_", vec![Value::hole()]);
        }
        let out = read(self, &text);
        if let Some(values) = hidden {
            self.scope.set("_unknown_", values);
        }
        self.mark = mark;
        out
    }

    /// A file that is run by its path; nothing if its text is not known.
    pub(super) fn run_own_file(&mut self, call: &Call) -> Option<Value> {
        let path = call.argv.first()?;
        let Place::At(target) = self.place(path) else { return None };
        self.run_written(&target, call.args());
        let elsewhere = path.clone();
        self.run_elsewhere(&elsewhere, call.args());
        self.judge_downloaded(&target.path);
        let written = self.files.get(&target.path).cloned();
        self.run_earlier(&target.path, call.args());
        let was_there = written.is_none();
        let code = match written {
            Some(code) => code,
            None => Value::from_outside(&self.world.text(&target.path)?),
        };
        Some(self.run_file_text(&code, call.args(), was_there))
    }

    /// What a file held before something was written to it that may not have been written: it is run for it, too.
    pub(crate) fn run_earlier(&mut self, path: &portcullis_event::AbsPath, args: &[Value]) {
        let earlier = self.earlier.get(path).cloned().unwrap_or_default();
        for code in earlier {
            self.run_file_text(&code, args, false);
        }
    }

    /// What was written to where a file may lie instead, if it is not known for sure where the shell stands.
    pub(crate) fn run_elsewhere(&mut self, file: &Value, args: &[Value]) {
        for target in self.elsewhere(file) {
            if let Some(code) = self.files.get(&target.path).cloned() {
                self.run_file_text(&code, args, false);
            }
            self.run_earlier(&target.path, args);
        }
    }

    /// Files that were just written and that a pattern means are run for it.
    pub(crate) fn run_written(&mut self, target: &crate::effect::Target, args: &[Value]) {
        if target.known == crate::effect::Known::Exactly {
            return;
        }
        let pattern: Vec<char> = target.path.as_str().chars().map(pattern_of).collect();
        let fits = |path: &portcullis_event::AbsPath| {
            super::changed::fits(&pattern, &path.as_str().chars().collect::<Vec<_>>())
        };
        let mut written: Vec<_> = self.files.iter().filter(|(path, _)| fits(path)).collect();
        written.sort_by(|one, other| one.0.as_str().cmp(other.0.as_str()));
        let written: Vec<Value> = written.into_iter().map(|(_, code)| code.clone()).collect();
        if written.len() > MOST_WRITTEN {
            self.unresolved("a pattern means more files than are gone through");
        }
        for code in written.into_iter().take(MOST_WRITTEN) {
            self.run_file_text(&code, args, false);
        }
    }

    /// Runs the text of a file.
    pub(crate) fn run_file_text(&mut self, code: &Value, args: &[Value], was_there: bool) -> Value {
        if !was_there {
            self.judge_code(code, "a file that was just written");
        }
        let first = code.text.lines().next().unwrap_or_default();
        let interpreter = first.strip_prefix("#!").map(|line| {
            line.split_whitespace()
                .map(base_name)
                .find(|word| *word != "env" && !word.starts_with('-'))
                .unwrap_or_default()
                .to_owned()
        });
        let before = (self.in_script, self.scope.clone());
        self.scope.become_child();
        self.in_script += usize::from(was_there);
        self.scope.arguments = Rc::new(args.to_vec());
        let out = self.ending(|machine| match interpreter.as_deref() {
            None => machine.run_value(code, &Value::default()),
            Some(name) if programs::is_shell(name) => machine.run_value(code, &Value::default()),
            Some(name) => {
                programs::run_code_of(machine, name, code);
                Value::hole()
            }
        });
        (self.in_script, self.scope) = before;
        out
    }
}

/// What was shown of a pattern, as the pattern again.
fn pattern_of(c: char) -> char {
    match c {
        '*' | '…' => markers::STAR,
        '?' => markers::ANY,
        c => c,
    }
}
