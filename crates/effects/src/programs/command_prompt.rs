//! `cmd /c`: the command prompt of Windows, and what removes files there.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "cmd" => command,
        "remove-item" | "ri" | "del" | "erase" | "rd" | "clear-content" | "clc" => remove_item,
        _ => return None,
    })
}

fn remove_item(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-Path", "-Include", "-Exclude", "-Filter", "-ErrorAction", "-LiteralPath"]);
    let recursive = call
        .args()
        .iter()
        .any(|word| word.text.to_ascii_lowercase().starts_with("-r") || word.text.eq_ignore_ascii_case("/s"));
    let files: Vec<Value> = given.operands.iter().chain(given.values(&["-Path", "-LiteralPath"])).cloned().collect();
    // `gci ~ -r | ri`: what is listed is removed.
    let listed = if files.is_empty() { call.stdin.split(&['\n']) } else { Vec::new() };
    for file in files.iter().chain(&listed).filter(|file| !is_switch(&file.text)) {
        let lower = file.text.to_ascii_lowercase();
        if ["hkcu:", "hklm:", "hkey_", "registry::"].iter().any(|drive| lower.starts_with(drive)) {
            machine.danger(Hazard::Persistence, "settings of the system change");
        } else if lower.starts_with("cert:") {
            machine.danger(Hazard::GuardTampering, "whose certificates are believed changes");
        } else if ["env:", "function:", "alias:", "variable:"].iter().any(|drive| lower.starts_with(drive)) {
            // They end with the session.
        } else if file.text.chars().nth(1) == Some(':') {
            machine.danger(Hazard::Destruction, format!("removes {}", file.shown()));
        } else {
            machine.delete(file, recursive);
        }
    }
    Value::default()
}

/// A switch of Windows' own programs: `/s`.
fn is_switch(text: &str) -> bool {
    text.len() == 2 && text.starts_with('/')
}

/// Variables of the prompt that say where something lies.
fn filled(machine: &Machine<'_>, text: &str) -> String {
    let home = machine.world.home();
    let names = [
        ("%userprofile%", home.as_str()),
        ("%homedrive%%homepath%", home.as_str()),
        ("%homepath%", home.as_str()),
        ("%systemdrive%", "C:"),
        ("%systemroot%", "C:/Windows"),
        ("%windir%", "C:/Windows"),
        ("%programfiles%", "C:/Program Files"),
        ("%temp%", "/tmp"),
        ("%tmp%", "/tmp"),
        ("%cd%", "."),
        ("%comspec%", "cmd"),
    ];
    let mut out = text.to_owned();
    for (name, value) in names {
        while let Some(at) = out.to_ascii_lowercase().find(name) {
            out.replace_range(at..at + name.len(), value);
        }
    }
    out
}

fn command(machine: &mut Machine<'_>, call: &Call) -> Value {
    // `//c` is how shells with paths of their own spell it.
    let is_switch = |word: &Value| {
        matches!(word.text.to_ascii_lowercase().trim_start_matches('/'), "c" | "k" | "r") && word.starts_with("/")
    };
    let Some(at) = call.args().iter().position(is_switch) else { return Value::hole() };
    let code = Value::join(call.args().get(at + 1..).unwrap_or_default(), " ");
    // A caret leaves the next character as it is; a drive's root ends in a backslash.
    let text = filled(machine, &code.text.replace('\\', "/")).replace('^', "");
    for statement in text.split(['&', '|', '\n']) {
        let words: Vec<Value> = statement
            .split_whitespace()
            .map(|word| Value::of(word.trim_matches('"').replace('*', "\u{fdd1}")))
            .collect();
        let Some(first) = words.first().map(|word| word.text.to_ascii_lowercase()) else { continue };
        let first = first.trim_start_matches('@').trim_end_matches(".exe");
        if matches!(first, "rd" | "rmdir" | "del" | "erase") {
            remove(machine, words.get(1..).unwrap_or_default());
        } else if first == "format" && words.iter().any(super::powershell::names_drive) {
            machine.danger(Hazard::Destruction, "a drive is formatted");
        } else {
            super::shells::run_with(
                machine,
                &Value { text: statement.to_owned(), taint: code.taint },
                &[],
                &Value::default(),
            );
        }
    }
    Value::hole()
}

/// `rd /s`, `del /s /q`: below a folder, or files of a name.
fn remove(machine: &mut Machine<'_>, words: &[Value]) {
    let recursive = words.iter().any(|word| word.text.eq_ignore_ascii_case("/s"));
    for path in words.iter().filter(|word| !is_switch(&word.text) && !word.text.to_ascii_lowercase().starts_with("/a:"))
    {
        if super::powershell::names_drive(path) {
            machine.danger(Hazard::Destruction, format!("removes {}", path.shown()));
        } else {
            machine.delete(path, recursive);
        }
    }
}
