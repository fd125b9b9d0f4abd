//! A simple command: what its words are, and what the program that they name would do.

use super::machine::Machine;
use super::place::Place;
use super::value::{Taint, Value, markers};
use crate::effect::What;
use crate::programs;
use crate::shell::{Command, Simple};
use portcullis_event::Hazard;

/// A program that is started: its words, and what it can read.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) argv: Vec<Value>,
    pub(crate) stdin: Value,
}

impl Call {
    /// What follows the name.
    pub(crate) fn args(&self) -> &[Value] {
        self.argv.get(1..).unwrap_or_default()
    }

    /// The name without its folder.
    pub(crate) fn name(&self) -> String {
        self.argv.first().map_or_else(String::new, |name| base_name(&name.shown()).to_owned())
    }
}

/// A program's name without its folder.
pub(crate) fn base_name(program: &str) -> &str {
    program.rsplit('/').find(|name| !name.is_empty()).unwrap_or(program)
}

/// Where programs of the system lie.
const SYSTEM_FOLDERS: [&str; 8] =
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin", "/snap/bin"];

/// So many words of one command are gone through.
const MOST_WORDS: usize = 2000;

/// Builtins that only concern the shell itself: no program is started.
const SILENT: [&str; 30] = [
    "cd", "pushd", "popd", "export", "set", "unset", "local", "read", "shift", ":", "true", "false", "test", "[",
    "return", "exit", "break", "continue", "wait", "trap", "eval", "source", ".", "type", "alias", "unalias",
    "declare", "typeset", "readonly", "echo",
];

impl Machine<'_> {
    pub(super) fn simple_command(&mut self, command: &Command, simple: &Simple, stdin: &Value) -> Value {
        if !self.burn(40) {
            return Value::hole();
        }
        let argv = self.expand_all(&simple.words);
        let streams = self.open(&command.redirects);
        let stdin = streams.input.clone().unwrap_or_else(|| stdin.clone());
        if argv.is_empty() {
            let assigned = self.assign_all(&simple.assignments);
            for (name, value) in &assigned {
                self.judge_variable(name, value, false);
            }
            // `$(<file)` prints the file.
            let printed =
                if simple.assignments.is_empty() && simple.words.is_empty() { stdin } else { Value::default() };
            return self.close(&streams, printed, false);
        }
        // `exec bash -i`, `env sh`: a shell behind what only starts it.
        let is_shell = argv.iter().take(3).any(|name| programs::is_shell(base_name(&name.shown())));
        let before: Vec<_> = simple.assignments.iter().map(|it| (it.name.clone(), self.scope.get(&it.name))).collect();
        let declares = argv
            .first()
            .is_some_and(|name| matches!(name.text.as_str(), "export" | "declare" | "typeset" | "local" | "readonly"));
        let assigned = self.assign_all(&simple.assignments);
        for (name, value) in &assigned {
            self.judge_variable(name, value, true);
        }
        let out = self.start(argv, &stdin);
        if !declares {
            for (name, values) in before {
                match values {
                    Some(values) => self.scope.set(&name, values),
                    None => self.scope.unset(&name),
                }
            }
        }
        self.close(&streams, out, is_shell)
    }

    /// Starts what the words name; gives what it prints.
    pub(crate) fn start(&mut self, argv: Vec<Value>, stdin: &Value) -> Value {
        if !self.burn(40) || self.calls.len() > super::machine::DEEPEST {
            self.unresolved("commands start each other too deeply");
            return Value::hole();
        }
        let mut argv = argv;
        if argv.len() > MOST_WORDS {
            self.unresolved("a command has more words than are gone through");
            argv.truncate(MOST_WORDS);
        }
        // A variable that is not set leaves nothing behind.
        while argv.first().is_some_and(|word| !word.text.is_empty() && word.text.chars().all(|c| c == markers::UNSET)) {
            argv.remove(0);
            if argv.first().is_some_and(|word| word.starts_with("-")) {
                self.danger(Hazard::UnresolvedCode, "a program's name is not known");
            }
        }
        let Some(first) = argv.first_mut() else { return Value::default() };
        if first.text.contains(markers::UNSET) {
            first.text = first.text.replace(markers::UNSET, "");
        }
        let name = first.clone();
        if name.has_hole() {
            return self.unknown_program(&name, argv, stdin);
        }
        if name.has_pattern() {
            return self.program_by_pattern(&name, &argv, stdin);
        }
        self.judge_words(&argv);
        if let Some(out) = self.defined_here(&name.text, &argv, stdin) {
            return out;
        }
        self.program(&name.text, argv, stdin)
    }

    /// Aliases and functions of the text.
    fn defined_here(&mut self, name: &str, argv: &[Value], stdin: &Value) -> Option<Value> {
        if let Some(alias) = self.scope.aliased(name)
            && !self.calls.iter().any(|call| call == name)
        {
            let mut text = alias;
            for word in argv.iter().skip(1) {
                text.push(&Value::of(" "));
                text.push(&quoted(word));
            }
            return Some(self.called(name, |machine| machine.run_value(&text, stdin)));
        }
        let body = self.scope.function(name)?;
        if self.calls.iter().filter(|call| *call == name).count() > 1 {
            return Some(Value::hole());
        }
        let arguments =
            std::mem::replace(&mut self.scope.arguments, std::rc::Rc::new(argv.get(1..).unwrap_or_default().to_vec()));
        let out = self.called(name, |machine| machine.command(&body, stdin));
        self.scope.arguments = arguments;
        Some(out)
    }

    /// Runs something under the name of what is called, so that it is seen when it calls itself.
    pub(crate) fn called(&mut self, name: &str, inner: impl FnOnce(&mut Self) -> Value) -> Value {
        self.calls.push(name.to_owned());
        let out = inner(self);
        self.calls.pop();
        out
    }

    /// Runs a value as shell text; what is not known of it stays unknown.
    pub(crate) fn run_value(&mut self, code: &Value, stdin: &Value) -> Value {
        if code.text.chars().all(markers::is_reserved) {
            // Nothing of it is known, and whoever runs it has said so.
            return Value::hole();
        }
        let mark = self.mark;
        // Markers in the text become parameters that are not known.
        let text = code.text.replace(markers::is_reserved, "${_unknown_}");
        let hidden = self.scope.get("_unknown_");
        if text.len() != code.text.len() {
            self.scope.set("_unknown_", vec![Value::hole()]);
        }
        let out = self.run_text(&text, stdin);
        if let Some(values) = hidden {
            self.scope.set("_unknown_", values);
        }
        self.mark = mark;
        out
    }

    fn program(&mut self, name: &str, argv: Vec<Value>, stdin: &Value) -> Value {
        let base = base_name(name).to_owned();
        if !SILENT.contains(&base.as_str()) {
            self.note(What::Execute { argv: shown(&argv) });
        }
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        let call = Call { argv, stdin: stdin.clone() };
        if folder.is_some_and(|folder| !SYSTEM_FOLDERS.contains(&folder)) {
            let ran = self.run_own_file(&call);
            if let Some(out) = ran {
                return out;
            }
        }
        let before = std::mem::replace(&mut self.stdin, stdin.clone());
        let out = match programs::handler(&base) {
            Some(handler) => self.called(&base, |machine| handler(machine, &call)),
            None => programs::unknown(self, &call),
        };
        self.stdin = before;
        out
    }

    /// A file that is run by its path; nothing if its text is not known.
    fn run_own_file(&mut self, call: &Call) -> Option<Value> {
        let path = call.argv.first()?;
        let Place::At(target) = self.place(path) else { return None };
        self.judge_downloaded(&target.path);
        let written = self.files.get(&target.path).cloned();
        let was_there = written.is_none();
        let code = match written {
            Some(code) => code,
            None => Value::from_outside(&self.world.text(&target.path)?),
        };
        Some(self.run_file_text(&code, call.args(), was_there))
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
        self.in_script += usize::from(was_there);
        self.scope.arguments = std::rc::Rc::new(args.to_vec());
        let out = match interpreter.as_deref() {
            None => self.run_value(code, &Value::default()),
            Some(name) if programs::is_shell(name) => self.run_value(code, &Value::default()),
            Some(name) => {
                programs::run_code_of(self, name, code);
                Value::hole()
            }
        };
        (self.in_script, self.scope) = before;
        out
    }

    /// The program is not known before it runs.
    fn unknown_program(&mut self, name: &Value, argv: Vec<Value>, stdin: &Value) -> Value {
        self.note(What::Execute { argv: shown(&argv) });
        self.judge_code(&name.clone().tainted(Taint::FOREIGN), "a program's name");
        // `$DIR/bin/rm`: the last name says what it probably is.
        let base = base_name(&name.text).to_owned();
        let call = Call { argv, stdin: stdin.clone() };
        match programs::handler(&base) {
            Some(handler) => self.called(&base, |machine| handler(machine, &call)),
            None => programs::unknown(self, &call),
        }
    }

    /// `/bin/r?`: every program that the pattern may mean.
    fn program_by_pattern(&mut self, name: &Value, argv: &[Value], stdin: &Value) -> Value {
        self.danger(Hazard::UnresolvedCode, format!("the program is named by a pattern: {}", name.shown()));
        let pattern: Vec<char> = base_name(&name.text).chars().collect();
        for candidate in programs::TELLING
            .iter()
            .filter(|candidate| super::parameter::fits(&pattern, &candidate.chars().collect::<Vec<_>>()))
        {
            let mut argv = argv.to_vec();
            if let Some(first) = argv.first_mut() {
                *first = Value::of(*candidate);
            }
            self.program(candidate, argv, stdin);
        }
        Value::hole()
    }

    /// What words say whatever the program is.
    fn judge_words(&mut self, argv: &[Value]) {
        let hidden = |c: char| portcullis_event::hidden::is_hidden(c) && !c.is_ascii();
        if argv.iter().any(|word| word.text.contains(hidden))
            && argv.first().is_some_and(|name| !matches!(name.text.as_str(), "echo" | "printf" | "git" | "grep" | "rg"))
        {
            self.danger(Hazard::HiddenText, "a word holds characters that are not seen");
        }
        if argv.first().is_some_and(|name| !name.text.is_ascii() && name.is_known()) {
            self.danger(Hazard::HiddenText, "the program's name holds letters that look like others");
        }
    }
}

/// A word as a shell would have to be given it to see it again.
pub(crate) fn quoted(word: &Value) -> Value {
    if word.text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c) || markers::is_reserved(c))
        && !word.text.is_empty()
    {
        return word.clone();
    }
    Value { text: format!("'{}'", word.text.replace('\'', "'\\''")), taint: word.taint }
}

/// Words as they are shown and as policy reads them.
pub(crate) fn shown(argv: &[Value]) -> Vec<String> {
    argv.iter().take(64).map(|word| super::machine::shorten(&word.shown())).collect()
}
