//! Runs a measurement that lives beside what it measures: an example of one of our crates.

use crate::process::succeed;
use crate::report::progress;
use std::process::Command;

/// What an example printed.
pub(crate) fn run(package: &str, example: &str, arguments: &[String]) -> anyhow::Result<String> {
    progress(&format!("building and running the example {example} of {package}"));
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release", "--quiet", "--locked", "--package", package, "--example", example, "--"]);
    succeed(cargo.args(arguments))
}
