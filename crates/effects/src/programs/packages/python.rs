//! pip and its kin: packages, indexes, and programs that are run behind them.

use super::super::{Given, runners};
use super::{is_foreign, judge_setting, named};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Value};
use crate::sensitive::ends_in;
use portcullis_event::Hazard;

const PIP_TAKES: [&str; 34] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-e",
    "--editable",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--trusted-host",
    "--python",
    "-p",
    "--cache-dir",
    "--proxy",
    "--cert",
    "--only-binary",
    "--no-binary",
    "--platform",
    "--python-version",
    "--index",
    "--default-index",
    "--group",
    "--extra",
    "--src",
    "-d",
    "--dest",
    "--with",
    "--from",
];

pub(super) fn pip(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &PIP_TAKES);
    sources(machine, &given);
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    match verb.as_str() {
        "install" | "download" | "wheel" => {
            given.operands_from(1).iter().for_each(|package| named(machine, "pypi", package));
            for package in given.values(&["-e", "--editable"]) {
                if package.text.contains("://") {
                    named(machine, "pypi", package);
                }
            }
            for file in given.values(&["-r", "--requirement"]) {
                if file.text.contains("://") {
                    machine.url(file, Direction::In);
                    machine.danger(Hazard::ForeignPackage, "what is installed is read from the network");
                } else {
                    machine.read_file(file);
                }
            }
            given
                .values(&["-t", "--target", "--prefix", "--root", "-d", "--dest"])
                .for_each(|folder| machine.write_file(folder));
        }
        "uninstall" => {
            given.operands_from(1).iter().for_each(|package| machine.package("pypi", &package.shown(), true));
        }
        "config" => {
            let text = Value::join(given.operands_from(1), " ").shown();
            if text.contains("index-url") || text.contains("trusted-host") {
                machine.danger(Hazard::ForeignPackage, "packages come from another registry from now on");
                given.operands.iter().for_each(|word| judge_setting(machine, word));
            }
        }
        _ => {}
    }
    Value::hole()
}

/// Where packages come from, if it is said.
fn sources(machine: &mut Machine<'_>, given: &Given) {
    for address in
        given.values(&["-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--index", "--default-index"])
    {
        if address.text.contains("://") {
            machine.danger(Hazard::ForeignPackage, format!("packages come from {}", address.shown()));
            machine.judge_source(address, "");
            machine.url(address, Direction::In);
        }
    }
    let is_own =
        |host: &Value| matches!(host.text.split(':').next(), Some("localhost" | "127.0.0.1" | "host.docker.internal"));
    if given.values(&["--trusted-host"]).any(|host| !is_own(host)) {
        machine.danger(Hazard::GuardTampering, "a registry is trusted without a certificate");
    }
}

pub(super) fn python_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &PIP_TAKES);
    let args = call.args();
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    let name = call.name();
    match (name.as_str(), verb.as_str()) {
        ("uv", "pip") => {
            let at = args.iter().position(|word| word.is("pip")).unwrap_or(0);
            let mut words = vec![Value::of("pip")];
            words.extend(args.get(at + 1..).unwrap_or_default().iter().cloned());
            return machine.start(words, &call.stdin);
        }
        (_, "run") => return run_behind(machine, args, &name, call),
        ("uv", "tool") if given.operand(1).is_some_and(|word| word.is("run")) => {
            return run_behind(machine, args, "uv-tool", call);
        }
        (_, "add" | "install" | "inject" | "tool") if name != "poetry" || verb == "add" => {
            sources(machine, &given);
            let from = usize::from(verb == "tool") + 1;
            given.operands_from(from).iter().for_each(|package| named(machine, "pypi", package));
        }
        (_, "remove" | "uninstall") => {
            given.operands_from(1).iter().for_each(|package| machine.package("pypi", &package.shown(), true));
        }
        (_, "publish") => machine.danger(Hazard::Publication, "a package is published"),
        _ => {}
    }
    Value::hole()
}

/// `uv run …`, `poetry run …`: what follows is a program.
fn run_behind(machine: &mut Machine<'_>, args: &[Value], name: &str, call: &Call) -> Value {
    let at = args.iter().position(|word| word.is("run")).unwrap_or(0);
    let given = Given::read_front(
        args.get(at + 1..).unwrap_or_default(),
        &[
            "--with",
            "--python",
            "-p",
            "--extra",
            "--group",
            "--env-file",
            "--project",
            "--directory",
            "--spec",
            "--from",
            "--index-url",
            "--package",
            "--with-requirements",
            "-m",
            "--module",
        ],
    );
    for package in given.values(&["--with", "--spec", "--from"]) {
        named(machine, "pypi", package);
        if is_foreign(&package.text) {
            machine.danger(Hazard::DownloadedCode, format!("a package is run from {}", package.shown()));
        }
    }
    if given.operands.is_empty() {
        return Value::hole();
    }
    if matches!(name, "pipx" | "uv-tool") {
        return runners::run_named(machine, "pypi", &given.operands, call);
    }
    let mut words = given.operands.clone();
    if words.first().is_some_and(|word| ends_in(&word.text, ".py")) {
        words.insert(0, Value::of("python"));
    }
    machine.start(words, &call.stdin)
}
