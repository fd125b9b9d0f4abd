//! OCI runtimes that could build the walls of a run. None is needed, so that there is none is nothing to tell.

use super::Check;
use crate::commands::run::EngineChoice;
use clap::ValueEnum as _;

const ID: &str = "engines";

/// Those that are installed. They are not run.
pub(crate) fn check() -> Vec<Check> {
    let found: Vec<String> = EngineChoice::value_variants()
        .iter()
        .filter_map(|choice| choice.program().map(|program| format!("{} ({})", choice.name(), program.display())))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    vec![Check::ok(ID, format!("a run may be carried out by {}: `run --engine`", found.join(", ")))]
}
