//! Builtins: where the shell stands, its variables, what it prints.

use super::{Given, Handler};
use crate::effect::Target;
use crate::evaluate::{Call, Machine, Place, Value};
use portcullis_event::Hazard;
use std::rc::Rc;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "cd" | "pushd" | "chdir" => change_folder,
        "popd" => |machine, _| {
            machine.scope.cwd = Place::Unknown;
            Value::default()
        },
        "echo" => echo,
        "printf" => printf,
        "pwd" => |machine, _| machine.working_folder(),
        "export" | "declare" | "typeset" | "local" | "readonly" => export,
        "unset" => |machine, call| {
            for name in call.args().iter().filter(|name| !name.starts_with("-")) {
                machine.scope.unset(&name.text);
                if matches!(name.text.as_str(), "HISTFILE") {
                    machine.danger(Hazard::GuardTampering, "the shell keeps no history");
                }
            }
            Value::default()
        },
        "set" => set,
        "shift" => |machine, _| {
            let rest = machine.scope.arguments.get(1..).unwrap_or_default().to_vec();
            machine.scope.arguments = Rc::new(rest);
            Value::default()
        },
        "read" | "readarray" | "mapfile" => read,
        "alias" => alias,
        "unalias" => |machine, call| {
            call.args().iter().for_each(|name| machine.scope.unalias(&name.text));
            Value::default()
        },
        "history" => |machine, call| {
            if call.args().iter().any(|word| word.starts_with("-c") || word.starts_with("-w")) {
                machine.danger(Hazard::GuardTampering, "the shell's history is removed");
            }
            Value::default()
        },
        "true" | "false" | ":" | "test" | "[" | "return" | "exit" | "break" | "continue" | "wait" | "type" | "hash"
        | "ulimit" | "umask" | "jobs" | "bg" | "fg" | "disown" | "shopt" | "setopt" | "let" | "sleep" | "which"
        | "help" | "bind" | "complete" | "compgen" | "times" | "dirs" => quiet,
        _ => return None,
    })
}

/// It prints little, and changes nothing.
fn quiet(_: &mut Machine<'_>, call: &Call) -> Value {
    match call.args().iter().find(|word| !word.starts_with("-")) {
        Some(name) if matches!(call.name().as_str(), "which" | "type") => Value::of(format!("/usr/bin/{}", name.text)),
        Some(_) | None => Value::default(),
    }
}

fn change_folder(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &[]);
    machine.scope.cwd = match given.operand(0) {
        None => Place::At(Target::exactly(machine.world.home())),
        Some(word) if word.is("-") => Place::Unknown,
        Some(word) => machine.place(word),
    };
    Value::default()
}

fn echo(_: &mut Machine<'_>, call: &Call) -> Value {
    let mut words = call.args();
    let mut escapes = false;
    while let Some(word) = words.first().filter(|word| is_echo_option(&word.text)) {
        escapes |= word.text.contains('e');
        words = words.get(1..).unwrap_or_default();
    }
    let mut out = Value::join(words, " ").printed();
    if escapes || out.text.contains("\\x") || out.text.contains("\\0") {
        out.text = crate::shell::unescape(&out.text);
    }
    out.push(&Value::of("\n"));
    out
}

fn is_echo_option(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "neE".contains(c)))
}

fn printf(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut words = call.args();
    let mut variable = None;
    if let [option, name, rest @ ..] = words
        && option.is("-v")
    {
        variable = Some(name.text.clone());
        words = rest;
    }
    let [format, arguments @ ..] = words else { return Value::default() };
    let mut out = Value::default().tainted(format.taint);
    let mut arguments = arguments.iter();
    for _ in 0..256 {
        let (had, mut used) = (arguments.len(), false);
        let mut chars = format.text.chars().peekable();
        let mut plain = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    plain.push(c);
                    plain.extend(chars.next());
                }
                '%' if chars.peek() == Some(&'%') => {
                    chars.next();
                    plain.push('%');
                }
                '%' => {
                    let kind = chars.by_ref().find(char::is_ascii_alphabetic);
                    out.push(&Value::of(crate::shell::unescape(&std::mem::take(&mut plain))));
                    used = true;
                    let mut argument = arguments.next().cloned().unwrap_or_default().printed();
                    if kind == Some('b') {
                        argument.text = crate::shell::unescape(&argument.text);
                    }
                    out.push(&argument);
                }
                c => plain.push(c),
            }
        }
        out.push(&Value::of(crate::shell::unescape(&plain)));
        if !used || arguments.len() == 0 || arguments.len() == had {
            break;
        }
    }
    if let Some(name) = variable {
        machine.scope.set(&name, vec![out]);
        return Value::default();
    }
    out
}

fn export(machine: &mut Machine<'_>, call: &Call) -> Value {
    for word in call.args().iter().filter(|word| !word.starts_with("-")) {
        if let Some((name, value)) = word.text.split_once('=') {
            let value = Value { text: value.to_owned(), taint: word.taint };
            machine.judge_variable(name, &value, true);
            machine.scope.set(name, vec![value]);
        } else if let Some(values) = machine.scope.get(&word.text) {
            let value = values.into_iter().next().unwrap_or_default();
            machine.judge_variable(&word.text, &value, true);
        }
    }
    Value::default()
}

fn set(machine: &mut Machine<'_>, call: &Call) -> Value {
    let args = call.args();
    let at = args.iter().position(|word| word.is("--"));
    if let Some(at) = at {
        machine.scope.arguments = Rc::new(args.get(at + 1..).unwrap_or_default().to_vec());
    } else if args.first().is_some_and(|word| !word.starts_with("-") && !word.starts_with("+")) {
        machine.scope.arguments = Rc::new(args.to_vec());
    }
    Value::default()
}

fn read(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-p", "-d", "-n", "-N", "-t", "-u", "-a", "-i", "-O", "-s"]);
    let line = match call.stdin.text.lines().next() {
        Some(line) => Value { text: line.to_owned(), taint: call.stdin.taint },
        None => Value::hole(),
    };
    let names = &given.operands;
    if names.is_empty() {
        machine.scope.set("REPLY", vec![line.clone()]);
    }
    if let Some(array) = given.value(&["-a"]) {
        machine.scope.set(&array.text, line.split(&[' ', '\t']));
        return Value::default();
    }
    let words = line.split(&[' ', '\t']);
    for (at, name) in names.iter().enumerate() {
        let value = if at + 1 == names.len() {
            Value::join(words.get(at..).unwrap_or_default(), " ")
        } else {
            words.get(at).cloned().unwrap_or_default()
        };
        machine.scope.set(&name.text, vec![value]);
    }
    Value::default()
}

fn alias(machine: &mut Machine<'_>, call: &Call) -> Value {
    for word in call.args() {
        if let Some((name, value)) = word.text.split_once('=') {
            machine.scope.alias(name, Value { text: value.to_owned(), taint: word.taint });
        }
    }
    Value::default()
}
