//! cargo: crates, and settings by which it runs something else.

use super::super::{Given, shells};
use super::named;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn cargo(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "--git",
        "--path",
        "--registry",
        "--version",
        "--vers",
        "--branch",
        "--tag",
        "--rev",
        "-p",
        "--package",
        "--features",
        "-F",
        "--manifest-path",
        "--target",
        "--config",
        "--index",
        "-Z",
        "--bin",
        "--example",
        "-j",
        "--jobs",
        "--root",
        "--target-dir",
        "--profile",
        "--rename",
        "--test",
        "--message-format",
    ];
    let words: Vec<Value> = call.args().iter().filter(|word| !word.starts_with("+")).cloned().collect();
    let given = Given::read(&words, &takes);
    for setting in given.values(&["--config"]) {
        if ["runner", "rustc-wrapper", "linker", "rustc"].iter().any(|word| setting.text.contains(word)) {
            machine.danger(Hazard::Loader, format!("cargo runs what is set here: {}", setting.shown()));
        }
    }
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("install" | "add" | "binstall") if !given.has(&["--dry-run"]) => {
            if let Some(address) = given.value(&["--git", "--index"]) {
                named(machine, "crates.io", address);
                return Value::hole();
            }
            if given.value(&["--path"]).is_none() {
                given.operands_from(1).iter().for_each(|package| named(machine, "crates.io", package));
            }
        }
        Some("remove" | "rm" | "uninstall") => {
            given.operands_from(1).iter().for_each(|package| machine.package("crates.io", &package.shown(), true));
        }
        Some("publish" | "yank" | "owner") if !given.has(&["--dry-run", "-n"]) => {
            machine.danger(Hazard::Publication, "a package is published or changed");
        }
        // `cargo watch -x WORDS -s TEXT`: again and again.
        Some("watch") => {
            let given = Given::read(
                call.args(),
                &["-x", "--exec", "-s", "--shell", "-w", "--watch", "-i", "--ignore", "-d", "-C"],
            );
            for code in given.values(&["-s", "--shell"]) {
                shells::run_with(machine, code, &[], &Value::default());
            }
            for words in given.values(&["-x", "--exec"]) {
                machine.start([vec![Value::of("cargo")], words.split(&[' '])].concat(), &Value::default());
            }
            let dashes = call.args().iter().position(|word| word.is("--"));
            if let Some(rest) = dashes.and_then(|at| call.args().get(at + 1..)).filter(|rest| !rest.is_empty()) {
                machine.start(rest.to_vec(), &Value::default());
            }
        }
        Some("login") => machine.danger(Hazard::CredentialAccess, "a login at a registry is made"),
        _ => {}
    }
    Value::hole()
}
