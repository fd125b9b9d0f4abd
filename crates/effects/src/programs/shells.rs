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
        "pwsh" | "powershell" => super::runners::powershell,
        "cmd" => super::runners::windows_command,
        "wsl" => super::wrappers::after_options,
        _ => return None,
    })
}

fn shell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(call.args(), &["-o", "-O", "+o", "+O", "--rcfile", "--init-file"]);
    for file in given.values(&["--rcfile", "--init-file"]) {
        run_file(machine, file, &[], &call.name());
    }
    let runs_text = given.names().any(|name| name.starts_with('-') && !name.starts_with("--") && name.contains('c'));
    if runs_text {
        let Some(code) = given.operand(0) else { return Value::hole() };
        machine.judge_code(code, &format!("`{} -c`", call.name()));
        return run_with(machine, code, given.operands_from(2), &call.stdin);
    }
    match given.operand(0) {
        Some(file) if !given.has(&["-s"]) && !file.is("-") && !file.is("/dev/stdin") => {
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

/// Runs shell code in a shell of its own.
pub(super) fn run_with(machine: &mut Machine<'_>, code: &Value, arguments: &[Value], stdin: &Value) -> Value {
    let arguments = Rc::new(arguments.to_vec());
    machine.called("sh -c", |machine| {
        machine.aside(|machine| {
            machine.scope.arguments = arguments;
            machine.run_value(code, stdin)
        })
    })
}

/// Runs a file as shell code.
pub(super) fn run_file(machine: &mut Machine<'_>, file: &Value, arguments: &[Value], by: &str) -> Value {
    let Place::At(target) = machine.place(file) else {
        if file.taint.has(crate::evaluate::Taint::NETWORK) {
            machine.danger(Hazard::DownloadedCode, format!("`{by}` runs what comes from the network"));
        } else if machine.in_script == 0 {
            machine.danger(Hazard::UnresolvedCode, format!("`{by}` runs a file that is not known"));
        }
        return Value::hole();
    };
    if let Some(written) = machine.files.get(&target.path).cloned() {
        return machine.run_file_text(&written, arguments, false);
    }
    machine.judge_downloaded(&target.path);
    machine.read_file(file);
    match machine.text_of(&target) {
        Some(code) => machine.run_file_text(&code, arguments, true),
        None => Value::hole(),
    }
}

fn eval(machine: &mut Machine<'_>, call: &Call) -> Value {
    let code = Value::join(call.args(), " ");
    machine.judge_code(&code, "`eval`");
    machine.called("eval", |machine| machine.run_value(&code, &call.stdin))
}

fn source(machine: &mut Machine<'_>, call: &Call) -> Value {
    let Some(file) = call.args().first() else { return Value::default() };
    if matches!(file.text.as_str(), "/dev/stdin" | "/dev/fd/0") {
        machine.judge_code(&call.stdin, "`source`");
        return machine.run_value(&call.stdin, &Value::default());
    }
    let Place::At(target) = machine.place(file) else {
        run_file(machine, file, &[], "source");
        return Value::default();
    };
    let written = machine.files.get(&target.path).cloned();
    let code = if let Some(code) = written {
        machine.judge_code(&code, "`source`");
        Some(code)
    } else {
        machine.read_file(file);
        machine.text_of(&target)
    };
    let Some(code) = code else { return Value::hole() };
    machine.in_script += 1;
    let out = machine.called("source", |machine| machine.run_value(&code, &Value::default()));
    machine.in_script -= 1;
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
        } else {
            machine.unresolved("there are too many traps");
        }
    }
    Value::default()
}
