//! Programs that run text as shell code.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Place, Value};
use portcullis_event::Hazard;
use std::rc::Rc;

/// Whether a program is a shell.
pub(crate) fn is_shell(name: &str) -> bool {
    matches!(
        name,
        "sh" | "bash"
            | "zsh"
            | "dash"
            | "ksh"
            | "mksh"
            | "ash"
            | "fish"
            | "rbash"
            | "tcsh"
            | "csh"
            | "yash"
            | "elvish"
            | "nu"
            | "xonsh"
            | "oil"
            | "osh"
    )
}

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        name if is_shell(name) => shell,
        "eval" => eval,
        "source" | "." => source,
        "trap" => trap,
        "pwsh" | "powershell" => super::powershell::program,
        "wsl" => super::wrappers::after_options,
        _ => return None,
    })
}

fn shell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let was_plain =
        std::mem::replace(&mut machine.scope.is_plain, matches!(call.name().as_str(), "sh" | "dash" | "ash"));
    let out = started(machine, call);
    machine.scope.is_plain = was_plain;
    out
}

fn started(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = ["-o", "-O", "+o", "+O", "--rcfile", "--init-file"];
    // `+x` is an option like `-x`.
    let words: Vec<Value> = call.args().iter().map(with_dash).collect();
    let given = Given::read_front(&words, &takes);
    for file in given.values(&["--rcfile", "--init-file"]) {
        run_file(machine, file, &[], &call.name());
    }
    let runs_text = given.names().any(|name| name.starts_with('-') && !name.starts_with("--") && name.contains('c'));
    if runs_text {
        let Some(code) = given.operand(0) else { return Value::hole() };
        machine.judge_code(code, &format!("`{} -c`", call.name()));
        let zero = given.operand(1).cloned().unwrap_or_else(|| Value::of(call.name()));
        return machine.aside(|machine| {
            machine.scope.zero = zero;
            run_with(machine, code, given.operands_from(2), &call.stdin)
        });
    }
    match given.operand(0) {
        Some(file) if !given.has(&["-s"]) && !file.is("-") && !is_stdin(file) => {
            run_file(machine, file, given.operands_from(1), &call.name())
        }
        _ => {
            if given.has(&["-i"]) && call.stdin.text.is_empty() {
                return Value::hole();
            }
            if call.stdin.text.is_empty() && call.stdin.taint == crate::evaluate::Taint::NONE {
                return Value::hole();
            }
            machine.judge_code(&call.stdin, &format!("`{}`", call.name()));
            let unknown = call.stdin.has_hole();
            let out = run_with(machine, &call.stdin, given.operands_from(1), &Value::default());
            // What it prints are answers to whoever feeds it.
            if unknown { out.tainted(crate::evaluate::Taint::SHELL) } else { out }
        }
    }
}

/// An option that is switched off is one all the same.
fn with_dash(word: &Value) -> Value {
    match word.text.strip_prefix('+') {
        Some(rest) if !rest.is_empty() => Value { text: format!("-{rest}"), taint: word.taint },
        Some(_) | None => word.clone(),
    }
}

fn is_stdin(file: &Value) -> bool {
    matches!(file.text.as_str(), "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}

/// Runs shell code in a shell of its own.
pub(super) fn run_with(machine: &mut Machine<'_>, code: &Value, arguments: &[Value], stdin: &Value) -> Value {
    let arguments = Rc::new(arguments.to_vec());
    machine.called("sh -c", |machine| {
        machine.aside(|machine| {
            machine.scope.become_child();
            machine.scope.arguments = arguments;
            machine.run_value(code, stdin)
        })
    })
}

/// Runs a file as shell code.
pub(super) fn run_file(machine: &mut Machine<'_>, file: &Value, arguments: &[Value], by: &str) -> Value {
    if let Some(code) = machine.descriptor_text(file) {
        machine.judge_code(&code, &format!("`{by}`"));
        return run_with(machine, &code, arguments, &Value::default());
    }
    let Place::At(target) = machine.place(file) else {
        if file.taint.has(crate::evaluate::Taint::NETWORK) {
            machine.danger(Hazard::DownloadedCode, format!("`{by}` runs what comes from the network"));
        } else if machine.in_script == 0 {
            machine.danger(Hazard::UnresolvedCode, format!("`{by}` runs a file that is not known"));
        }
        return Value::hole();
    };
    machine.run_earlier(&target.path, arguments);
    machine.run_elsewhere(file, arguments);
    if let Some(written) = machine.files.get(&target.path).cloned() {
        return machine.run_file_text(&written, arguments, false);
    }
    machine.run_written(&target, arguments);
    machine.judge_downloaded(&target.path);
    machine.read_file(file);
    match machine.text_of(&target) {
        Some(code) => machine.run_file_text(&code, arguments, true),
        None => Value::hole(),
    }
}

fn eval(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = call.args();
    let words =
        if words.first().is_some_and(|word| word.is("--")) { words.get(1..).unwrap_or_default() } else { words };
    let code = Value::join(words, " ");
    machine.judge_code(&code, "`eval`");
    machine.called("eval", |machine| machine.run_value(&code, &call.stdin))
}

fn source(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut words = call.args();
    if words.first().is_some_and(|word| word.is("--")) {
        words = words.get(1..).unwrap_or_default();
    }
    let [file, arguments @ ..] = words else { return Value::default() };
    if arguments.is_empty() {
        return machine.leaving_function(|machine| source_file(machine, call, file));
    }
    let before = std::mem::replace(&mut machine.scope.arguments, Rc::new(arguments.to_vec()));
    let out = machine.leaving_function(|machine| source_file(machine, call, file));
    machine.scope.arguments = before;
    out
}

fn source_file(machine: &mut Machine<'_>, call: &Call, file: &Value) -> Value {
    if let Some(code) = machine.descriptor_text(file) {
        machine.judge_code(&code, "`source`");
        return machine.run_value(&code, &Value::default());
    }
    let Place::At(target) = machine.place(file) else {
        run_file(machine, file, &[], &call.name());
        return Value::default();
    };
    let mut others = machine.earlier.get(&target.path).cloned().unwrap_or_default();
    for other in machine.elsewhere(file) {
        others.extend(machine.files.get(&other.path).cloned());
        others.extend(machine.earlier.get(&other.path).cloned().unwrap_or_default());
    }
    for code in others {
        let before = machine.scope.clone();
        machine.judge_code(&code, "`source`");
        machine.called("source", |machine| machine.run_value(&code, &Value::default()));
        machine.scope.merge(&before);
    }
    let written = machine.files.get(&target.path).cloned();
    let was_there = written.is_none();
    let code = if let Some(code) = written {
        machine.judge_code(&code, "`source`");
        Some(code)
    } else {
        machine.run_written(&target, &[]);
        machine.read_file(file);
        machine.text_of(&target)
    };
    let Some(code) = code else { return Value::hole() };
    // Of what was written here, all that is not known is said.
    machine.in_script += usize::from(was_there);
    let out = machine.called("source", |machine| machine.run_value(&code, &Value::default()));
    machine.in_script -= usize::from(was_there);
    out
}

fn trap(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &[]);
    if let Some(code) = given.operand(0)
        && given.operands.len() > 1
    {
        machine.judge_code(code, "`trap`");
        // What its variables are is known when the text ends.
        if machine.traps.len() < 64 {
            machine.traps.push(code.clone());
            let is_last = given.operands.iter().skip(1).all(|on| matches!(on.text.as_str(), "EXIT" | "0" | "SIGEXIT"));
            if !is_last {
                machine.watchers.push(code.clone());
            }
        } else {
            machine.unresolved("there are too many traps");
        }
    }
    Value::default()
}
