//! gem and bundler.

use super::super::Given;
use super::named;
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn gem(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-v", "--version", "-s", "--source", "-i", "--install-dir", "--gemfile", "--path", "--git", "--group", "-g"],
    );
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    if let Some(address) = given.value(&["-s", "--source", "--git"]).filter(|address| address.text.contains("://")) {
        machine.danger(Hazard::ForeignPackage, format!("packages come from {}", address.shown()));
        machine.judge_source(address, "");
        machine.url(address, Direction::In);
    }
    match (call.name().as_str(), verb.as_str()) {
        ("gem", "install") | ("bundle" | "bundler", "add") => {
            given.operands_from(1).iter().for_each(|package| named(machine, "rubygems", package));
        }
        ("gem", "push" | "yank" | "owner") => machine.danger(Hazard::Publication, "a package is published or changed"),
        ("bundle" | "bundler", "exec") => {
            let at = call.args().iter().position(|word| word.is("exec")).unwrap_or(0);
            let argv = call.args().get(at + 1..).unwrap_or_default().to_vec();
            return if argv.is_empty() { Value::hole() } else { machine.start(argv, &call.stdin) };
        }
        _ => {}
    }
    Value::hole()
}
