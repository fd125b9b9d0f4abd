//! Builtins: where the shell stands, its variables, what it prints.

use super::{Given, Handler};
use crate::effect::Target;
use crate::evaluate::{Call, Machine, Place, Value, markers};
use portcullis_event::Hazard;
use std::rc::Rc;

/// Nobody goes to a longer path.
const LONGEST_PATH: usize = 1024;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "cd" | "pushd" | "chdir" => change_folder,
        "popd" => |machine, _| {
            machine.scope.cwd = Place::Unknown;
            machine.scope.elsewhere = Rc::default();
            Value::default()
        },
        "echo" => super::printing::echo,
        "printf" => super::printing::printf,
        "pwd" => |machine, _| machine.working_folder(),
        "export" | "declare" | "typeset" | "local" | "readonly" => export,
        "unset" => unset,
        "set" => set,
        "shift" => shift,
        "read" => super::input::read,
        "readarray" | "mapfile" => super::input::read_lines,
        "let" => |machine, call| {
            call.args().iter().for_each(|word| drop(machine.arithmetic(word)));
            Value::default()
        },
        "test" | "[" => |machine, call| {
            machine.test_words(call.args());
            Value::default()
        },
        "getopts" => |machine, call| {
            machine.scope.set("OPTARG", vec![Value::hole()]);
            if let Some(name) = call.args().get(1) {
                machine.scope.set(&name.text, vec![Value::hole()]);
            }
            Value::default()
        },
        "return" => |machine, _| {
            machine.leave();
            Value::default()
        },
        "exit" => |machine, _| {
            machine.leave_shell();
            Value::default()
        },
        "break" | "continue" => |machine, call| {
            let levels = call.args().first().map_or(Some(1), |levels| levels.text.parse().ok());
            machine.leave_loops(levels, call.name() == "continue");
            Value::default()
        },
        "fc" => |machine, call| {
            if !call.args().iter().any(|word| word.starts_with("-") && word.text.contains('l')) {
                machine.unresolved("a command of the history is run again");
            }
            Value::hole()
        },
        "compgen" => compgen,
        "print" => |machine, call| {
            if call.args().iter().any(|word| word.starts_with("-") && word.text.contains('P')) {
                call.args().iter().for_each(|word| drop(machine.expand_text(word)));
            }
            super::printing::echo(machine, call)
        },
        "emulate" => |machine, call| {
            let given = Given::read(call.args(), &["-c"]);
            given.value(&["-c"]).map_or_else(Value::default, |code| {
                machine.judge_code(code, "`emulate`");
                machine.run_value(code, &call.stdin)
            })
        },
        "zstyle" | "sched" | "zle" | "zmodload" => |machine, call| {
            // A part of the words is code, or brings commands that have other names.
            if call.args().iter().any(|word| matches!(word.text.as_str(), "-e" | "-N" | "zsh/files" | "-F"))
                || call.name() == "sched"
            {
                machine.unresolved(format!("`{}` sets up what runs later", call.name()));
            }
            Value::default()
        },
        "repeat" => |machine, call| {
            let rest =
                call.args().iter().skip(1).filter(|word| !matches!(word.text.as_str(), "{" | "}" | "do" | "done"));
            machine.start(rest.cloned().collect(), &call.stdin)
        },
        "hash" => hash,
        "enable" => |machine, call| {
            if call.args().iter().any(|word| word.starts_with("-f")) {
                machine.danger(Hazard::Loader, "the shell loads a builtin from a file");
            }
            Value::default()
        },
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
        "true" | "false" | ":" | "wait" | "type" | "ulimit" | "umask" | "jobs" | "bg" | "fg" | "disown" | "shopt"
        | "setopt" | "sleep" | "which" | "help" | "bind" | "complete" | "times" | "dirs" => quiet,
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
    match given.operand(0) {
        Some(word) if !word.is("-") => machine.stand_in(word),
        operand => {
            machine.scope.elsewhere = Rc::default();
            machine.scope.cwd = match operand {
                None => Place::At(Target::exactly(machine.world.home())),
                Some(_) => Place::Unknown,
            };
        }
    }
    let length = if let Place::At(target) = &machine.scope.cwd { target.path.as_str().len() } else { 0 };
    if length > LONGEST_PATH || !machine.burn(length / 8) {
        machine.scope.cwd = Place::Unknown;
    }
    Value::default()
}

/// `compgen` runs what it is told to find words with.
fn compgen(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-W", "-C", "-F", "-A", "-G", "-P", "-S", "-X", "-o"]);
    for words in given.values(&["-W", "-G"]) {
        machine.expand_text(words);
    }
    for code in given.values(&["-C", "-F"]) {
        machine.judge_code(code, "`compgen`");
        machine.run_value(code, &Value::default());
    }
    Value::hole()
}

/// Sets what is named: a variable, or one value of an array.
pub(super) fn put(machine: &mut Machine<'_>, name: &Value, value: Value) {
    match name.text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((array, key)) => {
            machine.use_name(name);
            machine.assign_element(array, &Value::of(key), &value, false);
        }
        None => machine.scope.set(&name.text, vec![value]),
    }
}

fn export(machine: &mut Machine<'_>, call: &Call) -> Value {
    let name = call.name();
    let refers = name != "export" && call.args().iter().any(|word| word.starts_with("-") && word.text.contains('n'));
    // Where a quoted name or `builtin` hides from the shell's grammar what it is, too.
    machine.declare(&call.argv, &[]);
    let is_integer = call.args().iter().any(|word| word.starts_with("-") && word.text.contains('i'));
    let mut names = 0_usize;
    for word in call.args().iter().filter(|word| !word.starts_with("-")) {
        names += 1;
        if let Some((name, value)) = word.text.split_once('=') {
            let value = Value { text: value.to_owned(), taint: word.taint };
            if is_integer {
                machine.arithmetic(&value);
            }
            machine.judge_variable(name, &value, true);
            if !refers {
                put(machine, &Value::of(name), value);
            }
        } else if let Some(values) = machine.scope.get(&word.text) {
            let value = values.into_iter().next().unwrap_or_default();
            machine.judge_variable(&word.text, &value, true);
        }
    }
    machine.declared(&call.argv, &[]);
    // What is declared is shown.
    let shows = names == 0 || call.args().iter().any(|word| matches!(word.text.as_str(), "-f" | "-p" | "-F"));
    if shows { Value::hole() } else { Value::default() }
}

fn unset(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &[]);
    for name in &given.operands {
        machine.use_name(name);
        if let Some((array, key)) = name.text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            machine.assign_element(array, &Value::of(key), &Value::of(markers::UNSET), false);
            continue;
        }
        let name = name.text.as_str();
        if given.has(&["-f"]) {
            machine.scope.forget_function(name);
        } else if !given.has(&["-v"]) {
            // In some shells, a function of this name goes if there is no variable.
            machine.scope.doubt_function(name);
        }
        if !given.has(&["-f"]) {
            machine.scope.unset(name);
        }
        if name == "HISTFILE" {
            machine.danger(Hazard::GuardTampering, "the shell keeps no history");
        }
    }
    Value::default()
}

fn shift(machine: &mut Machine<'_>, call: &Call) -> Value {
    let count = call.args().first().map_or(Some(1), |count| count.text.parse::<usize>().ok());
    let arguments = &machine.scope.arguments;
    let is_known = !arguments.iter().any(Value::may_be_several);
    let after = match count {
        Some(count) if is_known && arguments.len() >= count => arguments.get(count..).unwrap_or_default().to_vec(),
        // Too many: some shells leave what there is, and others end.
        Some(_) if is_known && arguments.is_empty() => Vec::new(),
        Some(_) | None => vec![Value::hole()],
    };
    machine.scope.arguments = Rc::new(after);
    Value::default()
}

/// `hash -p file name`: from now on the name means the file.
fn hash(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-p"]);
    // zsh: `hash name=file`, and `hash -d name=folder` for `~name`.
    for word in &given.operands {
        let Some((name, file)) = word.text.split_once('=') else { continue };
        let file = Value { text: file.to_owned(), taint: word.taint };
        if given.has(&["-d"]) {
            machine.scope.set(name, vec![file]);
        } else {
            machine.scope.alias(name, crate::evaluate::quoted(&file));
        }
    }
    if let Some(file) = given.value(&["-p"]).cloned() {
        for name in &given.operands {
            machine.scope.alias(&name.text, crate::evaluate::quoted(&file));
        }
    }
    Value::default()
}

fn set(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut words = call.args();
    let mut replaces = false;
    while let [option, rest @ ..] = words {
        if matches!(option.text.as_str(), "--" | "-") {
            // `set --` alone leaves none.
            replaces = option.is("--");
            words = rest;
            break;
        }
        if !option.starts_with("-") && !option.starts_with("+") {
            break;
        }
        if option.starts_with("-") && option.text.contains('a') && !option.text.ends_with('o') {
            machine.scope.exports_all = true;
        }
        let takes = option.text.ends_with('o') && !rest.is_empty();
        if takes && option.starts_with("-") && rest.first().is_some_and(|name| name.is("allexport")) {
            machine.scope.exports_all = true;
        }
        words = if takes { rest.get(1..).unwrap_or_default() } else { rest };
    }
    if replaces || !words.is_empty() {
        machine.scope.arguments = Rc::new(words.to_vec());
    }
    if call.args().is_empty() { Value::hole() } else { Value::default() }
}

fn alias(machine: &mut Machine<'_>, call: &Call) -> Value {
    // `-g` and `-s` of zsh: for words anywhere, and for the ends of names.
    if call.args().iter().any(|word| matches!(word.text.as_str(), "-g" | "-s")) {
        machine.unresolved("an alias stands for words anywhere");
    }
    for word in call.args() {
        if let Some((name, value)) = word.text.split_once('=') {
            machine.scope.alias(name, Value { text: value.to_owned(), taint: word.taint });
        }
    }
    Value::default()
}
