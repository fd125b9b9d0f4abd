//! A simple command: what its words are, and what the program that they name would do.

use super::machine::Machine;
use super::place::Follows;
use super::scope::Scope;
use super::value::{Taint, Value, markers};
use crate::effect::What;
use crate::programs;
use crate::shell::{Assignment, Command, DECLARING, Part, Simple, Word};
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
pub(super) const SILENT: [&str; 30] = [
    "cd", "pushd", "popd", "export", "set", "unset", "local", "read", "shift", ":", "true", "false", "test", "[",
    "return", "exit", "break", "continue", "wait", "trap", "eval", "source", ".", "type", "alias", "unalias",
    "declare", "typeset", "readonly", "echo",
];

impl Machine<'_> {
    pub(super) fn simple_command(&mut self, command: &Command, simple: &Simple, stdin: &Value) -> Value {
        if !self.burn(40) {
            return Value::hole();
        }
        self.watch();
        let outer = self.reading(stdin);
        let takes_names = simple.words.first().is_some_and(takes_names);
        let argv = self.keeping_brackets(takes_names, |machine| machine.expand_all(&simple.words));
        let streams = self.open(&command.redirects);
        let stdin = self.input(&streams, stdin);
        if argv.is_empty() {
            self.set_for_good(command, simple);
            // `$(<file)` prints the file.
            let printed =
                if simple.assignments.is_empty() && simple.words.is_empty() { stdin } else { Value::default() };
            self.stdin = outer;
            return self.close(&streams, printed, false);
        }
        // `exec bash -i`, `env sh`: a shell behind what only starts it.
        let is_shell = argv.iter().take(3).any(|name| programs::is_shell(base_name(&name.shown())));
        let of = |it: &Assignment| (it.name.clone(), self.scope.get(&it.name), self.scope.is_exported(&it.name));
        let before: Vec<_> = simple.assignments.iter().map(of).collect();
        let known = self.scope.clone();
        let declares = argv.first().is_some_and(|name| DECLARING.contains(&name.text.as_str()));
        let assignments =
            if declares { self.declare(&argv, &simple.assignments) } else { simple.assignments.as_slice() };
        let assigned = self.assign_all(assignments);
        for (name, value) in &assigned {
            self.judge_variable(name, value, true);
        }
        if declares {
            self.declared(&argv, &simple.assignments);
        }
        if argv.iter().all(|word| matches!(word.text.as_str(), "exec" | "command" | "builtin")) {
            self.keep_open(&streams);
            for (name, values, _) in before {
                self.scope.restore(&name, values);
            }
            self.stdin = outer;
            return Value::default();
        }
        let reads = self.reads;
        let out = self.start_as(argv, &stdin, true);
        self.start_as_zsh(simple, &stdin);
        self.doubt(command, simple, &known);
        if streams.input.is_some() {
            self.reads = reads;
        }
        if !declares {
            for (name, values, is_exported) in before {
                self.scope.restore(&name, values);
                self.scope.export(&name, is_exported);
            }
        }
        self.stdin = outer;
        self.close(&streams, out, is_shell)
    }

    /// Assignments without a command.
    fn set_for_good(&mut self, command: &Command, simple: &Simple) {
        let known = self.scope.clone();
        for (name, value) in self.assign_all(&simple.assignments) {
            self.judge_variable(&name, &value, false);
        }
        self.doubt(command, simple, &known);
    }

    /// What was known before may hold still, if nothing came of the command.
    fn doubt(&mut self, command: &Command, simple: &Simple, known: &Scope) {
        if command.redirects.iter().any(may_fail) || self.may_mean_nothing(simple) {
            self.scope.merge(known);
        }
    }

    /// Commands that run before every other one: `trap … DEBUG`, and whatever may come in between.
    fn watch(&mut self) {
        if self.watchers.is_empty() {
            return;
        }
        let watchers = std::mem::take(&mut self.watchers);
        for code in &watchers {
            let before = self.scope.clone();
            self.run_value(code, &Value::default());
            self.scope.merge(&before);
        }
        self.watchers = watchers;
    }

    /// Starts what the words name; gives what it prints. A program starts it, so a function of its name may not be meant.
    pub(crate) fn start(&mut self, argv: Vec<Value>, stdin: &Value) -> Value {
        self.start_as(argv, stdin, false)
    }

    /// As [`Self::start`]; `by_shell`: a function of that name is what is meant.
    pub(super) fn start_as(&mut self, argv: Vec<Value>, stdin: &Value, by_shell: bool) -> Value {
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
        // `=rm` of zsh: where `rm` is found.
        if let Some(rest) = first.text.strip_prefix('=').filter(|rest| !rest.is_empty() && !rest.starts_with('=')) {
            first.text = rest.to_owned();
        }
        let name = first.clone();
        if name.taint.has(Taint::ECHOED) && name.text.contains('\\') {
            self.danger(Hazard::UnresolvedCode, "a program's name is printed with signs that shells read differently");
        }
        if name.has_hole() {
            return self.unknown_program(&name, argv, stdin);
        }
        if name.has_pattern() {
            return self.program_by_pattern(&name, &argv, stdin);
        }
        self.judge_words(&argv);
        if self.scope.overflowed {
            self.unresolved("more names are defined than are kept");
        }
        let mut after = None;
        let (mut out, is_sure) = self.defined_here(&name.text, &argv, stdin, &mut after);
        if !is_sure || !by_shell {
            let printed = self.program(&name.text, argv, stdin);
            out.push(&printed);
            self.scope.join(&mut after);
        }
        self.scope = after.unwrap_or_else(|| self.scope.clone());
        out
    }

    fn program(&mut self, name: &str, argv: Vec<Value>, stdin: &Value) -> Value {
        let mut out = Value::default();
        // A link means what it leads to.
        let linked = if name.contains('/') { self.linked(&Value::of(name), Follows::All) } else { Vec::new() };
        for target in linked {
            let before = self.scope.clone();
            let printed = self.program_itself(target.path.as_str(), argv.clone(), stdin);
            self.scope.merge(&before);
            out.push(&printed);
        }
        let printed = self.program_itself(name, argv, stdin);
        out.push(&printed);
        out
    }

    fn program_itself(&mut self, name: &str, argv: Vec<Value>, stdin: &Value) -> Value {
        let base = base_name(name).to_owned();
        if !SILENT.contains(&base.as_str()) {
            self.note(What::Execute { argv: shown(&argv) });
        }
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        self.not_found(name, &argv, stdin);
        let call = Call { argv, stdin: stdin.clone() };
        if folder.is_some_and(|folder| !SYSTEM_FOLDERS.contains(&folder)) {
            let ran = self.run_own_file(&call);
            if let Some(out) = ran {
                return out;
            }
        }
        self.called(&base, |machine| {
            programs::run_what_is_handed(machine, &call);
            Value::default()
        });
        let before = std::mem::replace(&mut self.stdin, stdin.clone());
        let out = match programs::handler(&base) {
            Some(handler) => self.called(&base, |machine| handler(machine, &call)),
            None => programs::unknown(self, &call),
        };
        self.stdin = before;
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
            .filter(|candidate| super::changed::fits(&pattern, &candidate.chars().collect::<Vec<_>>()))
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
        let prints = |name: &Value| matches!(name.text.as_str(), "echo" | "printf" | "git" | "grep" | "rg" | "gh");
        if argv.iter().skip(1).any(|word| programs::names_pool(&word.text)) && !argv.first().is_some_and(prints) {
            self.danger(Hazard::Exhaustion, "a pool of miners is joined");
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

/// Whether a redirection may fail, so that nothing of the command happens.
pub(super) fn may_fail(redirect: &crate::shell::Redirect) -> bool {
    use crate::shell::{Part, RedirectOp};
    const ALWAYS_OPEN: [&str; 9] = [
        "/dev/null",
        "/dev/zero",
        "/dev/random",
        "/dev/urandom",
        "/dev/stdin",
        "/dev/stdout",
        "/dev/stderr",
        "/dev/fd/1",
        "/dev/fd/2",
    ];
    match &redirect.op {
        RedirectOp::Read(word)
        | RedirectOp::Both(word)
        | RedirectOp::Write(word)
        | RedirectOp::Append(word)
        | RedirectOp::WriteAll { word, .. } => match word.parts.as_slice() {
            [Part::Plain(path)] => !ALWAYS_OPEN.contains(&path.as_str()),
            [Part::Process { .. }] => false,
            _ => true,
        },
        RedirectOp::Duplicate { word, .. } => {
            !matches!(word.parts.as_slice(), [Part::Plain(number)] if matches!(number.as_str(), "0" | "1" | "2" | "-"))
        }
        RedirectOp::Text(_) | RedirectOp::Document(_) => false,
    }
}

/// Whether a command is given names of variables, in which brackets hold subscripts.
fn takes_names(word: &Word) -> bool {
    const TAKING: [&str; 8] = ["printf", "read", "unset", "let", "test", "[", "mapfile", "readarray"];
    match word.parts.as_slice() {
        [Part::Plain(name)] => TAKING.contains(&name.as_str()) || DECLARING.contains(&name.as_str()),
        _ => false,
    }
}

/// Words as they are shown and as policy reads them.
pub(crate) fn shown(argv: &[Value]) -> Vec<String> {
    argv.iter().take(64).map(|word| super::machine::shorten(&word.shown())).collect()
}
