//! Managers of other languages.

use super::super::{Given, compilers};
use super::named;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn other_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["--version", "-v", "--source", "-s", "--api-key", "-k", "-c", "--configuration", "-o"],
    );
    let verbs: Vec<&str> = given.operands.iter().take(2).map(|word| word.text.as_str()).collect();
    match (call.name().as_str(), verbs.as_slice()) {
        ("composer", ["require", ..]) => {
            given.operands_from(1).iter().for_each(|package| named(machine, "composer", package));
        }
        ("luarocks" | "cpan" | "cpanm", ["install", ..]) => {
            given.operands_from(1).iter().for_each(|package| named(machine, "other", package));
        }
        ("dotnet", ["run" | "script", ..]) => {
            let named = given.operands_from(1).iter().cloned().chain([Value::of("Program.cs")]);
            for file in named.collect::<Vec<_>>() {
                compilers::look_into_written(machine, &file);
            }
        }
        ("dotnet", ["add", ..]) => {
            let at = given.operands.iter().position(|word| word.is("package"));
            at.and_then(|at| given.operand(at + 1)).iter().for_each(|package| named(machine, "nuget", package));
        }
        ("dotnet" | "nuget", [.., "push"] | ["push", ..])
        | ("mix" | "dart" | "flutter", ["hex.publish" | "publish", ..] | ["pub", "publish"]) => {
            machine.danger(Hazard::Publication, "a package is published");
        }
        _ => {}
    }
    Value::hole()
}

pub(in super::super) fn conda(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-n", "--name", "-c", "--channel", "-p", "--prefix", "-f", "--file"]);
    for package in given.operands_from(1).iter().filter(|package| !package.starts_with("python")) {
        machine.package("conda", &package.shown(), false);
    }
    Value::hole()
}
