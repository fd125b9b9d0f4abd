//! `cmake`: its tools that are the same on every system, and scripts that it is told to run.

use super::{Given, Handler};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Taint, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    (name == "cmake").then_some(tell as Handler)
}

fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given =
        Given::read_front(call.args(), &["-P", "-S", "-B", "-G", "-C", "-D", "--build", "--install", "--preset"]);
    if call.args().first().is_some_and(|word| word.is("-E")) {
        tool(machine, call);
    }
    for file in given.values(&["-P", "-C"]) {
        let text = machine.read_file(file);
        if text.taint.has(Taint::NETWORK) {
            machine.judge_code(&text, "cmake");
        }
        script(machine, &text);
    }
    Value::hole()
}

/// `cmake -E`: programs that are the same on every system.
fn tool(machine: &mut Machine<'_>, call: &Call) {
    let rest = call.args().get(2..).unwrap_or_default();
    let words = rest.iter().filter(|word| !word.starts_with("-")).cloned().collect::<Vec<_>>();
    match call.args().get(1).map(|verb| verb.text.as_str()) {
        Some("rm" | "remove" | "remove_directory") => words.iter().for_each(|path| machine.delete(path, true)),
        Some("env" | "time" | "chdir") => {
            let skipped = usize::from(call.args().get(1).is_some_and(|verb| verb.is("chdir")));
            let command: Vec<Value> =
                words.into_iter().skip(skipped).skip_while(|word| word.text.contains('=')).collect();
            if !command.is_empty() {
                machine.start(command, &Value::default());
            }
        }
        _ => {}
    }
}

/// Words that part the commands of one `execute_process`.
const OPTIONS: [&str; 16] = [
    "COMMAND",
    "WORKING_DIRECTORY",
    "TIMEOUT",
    "RESULT_VARIABLE",
    "RESULTS_VARIABLE",
    "OUTPUT_VARIABLE",
    "ERROR_VARIABLE",
    "INPUT_FILE",
    "OUTPUT_FILE",
    "ERROR_FILE",
    "OUTPUT_QUIET",
    "ERROR_QUIET",
    "COMMAND_ECHO",
    "ENCODING",
    "COMMAND_ERROR_IS_FATAL",
    "ECHO_OUTPUT_VARIABLE",
];

/// A script: programs that it starts, files that it removes or fetches.
fn script(machine: &mut Machine<'_>, text: &Value) {
    for call in text.text.split(')') {
        let Some((name, arguments)) = call.rsplit_once('(') else { continue };
        let name = name.split_whitespace().next_back().unwrap_or_default().to_ascii_lowercase();
        let words = words_of(machine, arguments);
        match name.as_str() {
            "execute_process" | "exec_program" => commands(machine, &words, name == "exec_program"),
            "file" => file(machine, &words),
            "include" => words.first().into_iter().for_each(|file| drop(machine.read_file(file))),
            _ => {}
        }
    }
}

/// The words of a call, with what is known of the environment filled in.
fn words_of(machine: &Machine<'_>, text: &str) -> Vec<Value> {
    let filled = text
        .replace("$ENV{HOME}", machine.world.home().as_str())
        .replace("$ENV{USERPROFILE}", machine.world.home().as_str());
    let mut out: Vec<Value> = Vec::new();
    for (at, piece) in filled.split('"').enumerate() {
        // Every second piece stands in quotes.
        if at % 2 == 1 {
            out.push(Value::from_outside(piece));
        } else {
            out.extend(piece.split_whitespace().map(Value::from_outside));
        }
    }
    out
}

fn commands(machine: &mut Machine<'_>, words: &[Value], is_bare: bool) {
    let parts = words.split(|word| OPTIONS.contains(&word.text.as_str()));
    let begins = words.iter().filter(|word| OPTIONS.contains(&word.text.as_str())).map(|word| word.is("COMMAND"));
    for (part, is_command) in parts.zip(std::iter::once(is_bare).chain(begins)) {
        if is_command && !part.is_empty() {
            machine.start(part.to_vec(), &Value::default());
        }
    }
}

fn file(machine: &mut Machine<'_>, words: &[Value]) {
    match words {
        [verb, rest @ ..] if matches!(verb.text.as_str(), "REMOVE" | "REMOVE_RECURSE") => {
            for path in rest {
                machine.delete(path, verb.is("REMOVE_RECURSE"));
            }
        }
        [verb, address, path, ..] if verb.is("DOWNLOAD") => {
            machine.url(address, Direction::In);
            machine.write_file(path);
            machine.remember(path, &Value::hole().tainted(Taint::NETWORK), false);
        }
        [verb, path, address, ..] if verb.is("UPLOAD") => {
            let text = machine.read_file(path);
            machine.url(address, Direction::Out);
            machine.judge_sent(&text, "cmake");
        }
        [verb, path, ..] if matches!(verb.text.as_str(), "WRITE" | "APPEND") => machine.write_file(path),
        _ => {}
    }
}
