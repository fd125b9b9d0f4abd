//! `echo` and `printf`: what they print is what a later command may run.

use super::builtins::put;
use crate::evaluate::{Call, Machine, Value};

/// So often a format is gone over for the arguments that are left.
const MOST_ROUNDS: usize = 256;

pub(super) fn echo(_: &mut Machine<'_>, call: &Call) -> Value {
    let mut words = call.args();
    let mut escapes = false;
    let mut ends = true;
    while let Some(word) = words.first().filter(|word| is_echo_option(&word.text)) {
        escapes |= word.text.contains('e');
        ends &= !word.text.contains('n');
        words = words.get(1..).unwrap_or_default();
    }
    let mut out = Value::join(words, " ").printed();
    if escapes {
        if let Some((before, _)) = out.text.split_once("\\c") {
            out.text = before.to_owned();
            ends = false;
        }
        out.text = crate::shell::unescape(&out.text);
    } else if out.text.contains('\\') {
        out.taint |= crate::evaluate::Taint::ECHOED;
    }
    if ends {
        out.push(&Value::of("\n"));
    }
    out
}

fn is_echo_option(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "neE".contains(c)))
}

pub(super) fn printf(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut words = call.args();
    let mut variable = None;
    match words {
        [option, name, rest @ ..] if option.is("-v") => (variable, words) = (Some(name.clone()), rest),
        [option, rest @ ..] if option.starts_with("-v") => (variable, words) = (option.behind("-v"), rest),
        [option, rest @ ..] if option.is("--") => words = rest,
        _ => {}
    }
    let [format, arguments @ ..] = words else { return Value::default() };
    let mut out = Value::default().tainted(format.taint);
    let mut arguments = arguments.iter();
    for round in 0..=MOST_ROUNDS {
        if round == MOST_ROUNDS {
            out.push(&Value::hole());
            break;
        }
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
                    let mut form = String::new();
                    let kind = chars.by_ref().find(|c| {
                        form.push(*c);
                        c.is_ascii_alphabetic() || *c == '('
                    });
                    out.push(&Value::of(crate::shell::unescape(&std::mem::take(&mut plain))));
                    used = true;
                    let argument = arguments.next().cloned().unwrap_or_default().printed();
                    out.push(&formatted(kind, &form, &argument));
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
        put(machine, &name, out);
        return Value::default();
    }
    out
}

/// What `printf` makes of an argument.
fn formatted(kind: Option<char>, form: &str, argument: &Value) -> Value {
    if form.contains('*') {
        return Value::hole().tainted(argument.taint);
    }
    let text = argument.text.as_str();
    let number = text.strip_prefix(['\'', '"']).and_then(|c| c.chars().next()).map(|c| i64::from(u32::from(c)));
    let number = number.or_else(|| text.parse::<i64>().ok());
    let precision = form.split_once('.').and_then(|(_, rest)| rest.trim_end_matches(char::is_alphabetic).parse().ok());
    let shown = match (kind, number) {
        (Some('s'), _) => text.chars().take(precision.unwrap_or(usize::MAX)).collect(),
        (Some('b'), _) => crate::shell::unescape(text),
        (Some('c'), _) => text.chars().take(1).collect(),
        (Some('q'), _) => return crate::evaluate::quoted(argument),
        (Some('d' | 'i' | 'u'), Some(number)) => number.to_string(),
        (Some('o'), Some(number)) => format!("{number:o}"),
        (Some('x'), Some(number)) => format!("{number:x}"),
        (Some('X'), Some(number)) => format!("{number:X}"),
        _ => return Value::hole().tainted(argument.taint),
    };
    Value { text: shown, taint: argument.taint }
}
