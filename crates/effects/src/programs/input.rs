//! `read` and `mapfile`: variables that are set to what comes in.

use super::Given;
use super::builtins::put;
use crate::evaluate::{Call, Machine, Value};

/// So many lines are kept at most.
const MOST_LINES: usize = 1024;
/// For so many lines a command is gone through.
const MOST_CALLS: usize = 16;

/// What is read: standard input, or another descriptor.
fn source(machine: &Machine<'_>, call: &Call, given: &Given) -> Value {
    match given.value(&["-u"]) {
        Some(number) if !number.is("0") => machine.readable(&number.text),
        Some(_) | None => call.stdin.clone(),
    }
}

pub(super) fn read(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-p", "-d", "-n", "-N", "-t", "-u", "-a", "-i"]);
    let input = source(machine, call, &given);
    machine.reads += 1;
    // It may give up before anything comes, and leave everything as it was.
    if given.has(&["-t"]) {
        let before = machine.scope.clone();
        set_read(machine, &given, &input);
        machine.scope.merge(&before);
    } else {
        set_read(machine, &given, &input);
    }
    Value::default()
}

/// Sets what a line is read into.
fn set_read(machine: &mut Machine<'_>, given: &Given, input: &Value) {
    let line = line_of(input, given);
    let separators = machine.separators();
    if let Some(array) = given.value(&["-a"]).cloned() {
        machine.scope.set(&array.text, line.split(&separators));
        return;
    }
    if given.operands.is_empty() {
        machine.scope.set("REPLY", vec![line]);
        return;
    }
    let mut rest = line;
    for (at, name) in given.operands.iter().enumerate() {
        let value = if at + 1 == given.operands.len() {
            trimmed(&rest, &separators)
        } else {
            let (value, behind) = first_of(&rest, &separators);
            rest = behind;
            value
        };
        put(machine, name, value);
    }
}

/// The line that is read. Of several it is not known which one, for others may have been read before.
fn line_of(input: &Value, given: &Given) -> Value {
    if given.has(&["-d", "-n", "-N"]) && !input.text.trim_end().contains('\n') && input.is_known() {
        // Up to another sign, or so many letters: a part of it, if it is not all of it.
        let is_whole = given.value(&["-d"]).is_some_and(|end| end.text.is_empty() || !input.text.contains(&end.text));
        if !is_whole {
            return Value::hole().tainted(input.taint);
        }
    }
    let mut lines = input.text.lines();
    let (first, more) = (lines.next(), lines.next());
    match (first, more) {
        (Some(line), None) => {
            let text = if given.has(&["-r"]) { line.to_owned() } else { unbackslashed(line) };
            Value { text, taint: input.taint }
        }
        (Some(_), Some(_)) | (None, _) => Value::hole().tainted(input.taint),
    }
}

/// Without `-r`, a backslash takes the next letter as it is.
fn unbackslashed(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { out.extend(chars.next()) } else { out.push(c) }
    }
    out
}

fn trimmed(line: &Value, separators: &[char]) -> Value {
    let blanks: Vec<char> = separators.iter().copied().filter(char::is_ascii_whitespace).collect();
    Value { text: line.text.trim_matches(blanks.as_slice()).to_owned(), taint: line.taint }
}

/// The first word, and what is behind the signs that end it.
fn first_of(line: &Value, separators: &[char]) -> (Value, Value) {
    let line = trimmed(line, separators);
    let (word, rest) = match line.text.find(separators) {
        Some(at) => line.text.split_at(at),
        None => (line.text.as_str(), ""),
    };
    let mut rest = rest.chars();
    rest.next();
    let part = |text: &str| Value { text: text.to_owned(), taint: line.taint };
    (part(word), part(rest.as_str()))
}

pub(super) fn read_lines(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-d", "-n", "-O", "-s", "-u", "-C", "-c"]);
    let input = source(machine, call, &given);
    let end = given.value(&["-d"]).map_or("\n".to_owned(), |end| end.text.clone());
    let end = if end.is_empty() { "\0".to_owned() } else { end };
    let lines = if input.has_hole() || given.has(&["-O", "-s", "-n"]) {
        vec![Value::hole().tainted(input.taint)]
    } else {
        let text = input.text.strip_suffix(&end).unwrap_or(&input.text);
        let line = |text: &str| {
            // Without `-t`, its end belongs to it.
            let text = if given.has(&["-t"]) { text.to_owned() } else { format!("{text}{end}") };
            Value { text, taint: input.taint }
        };
        let mut lines: Vec<Value> = text.split(end.as_str()).take(MOST_LINES + 1).map(line).collect();
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines.push(Value::hole().tainted(input.taint));
        }
        lines
    };
    if let Some(code) = given.value(&["-C"]).cloned() {
        call_for(machine, &code, &lines);
    }
    let name = given.operand(0).cloned().unwrap_or_else(|| Value::of("MAPFILE"));
    machine.use_name(&name);
    machine.scope.set(&name.text, lines);
    Value::default()
}

/// `-C`: a command that is run with the number of each line, and the line.
fn call_for(machine: &mut Machine<'_>, code: &Value, lines: &[Value]) {
    machine.judge_code(code, "`mapfile -C`");
    if lines.len() > MOST_CALLS {
        machine.unresolved("`mapfile -C` runs a command for more lines than are gone through");
    }
    for (at, line) in lines.iter().take(MOST_CALLS).enumerate() {
        let text = Value::join([code, &Value::of(at.to_string()), &crate::evaluate::quoted(line)], " ");
        machine.run_value(&text, &Value::default());
    }
}
