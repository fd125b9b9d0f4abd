//! What a tool says itself, where it can be asked without a model. This is the only place in which a tool is started, and only if its
//! user said so: Codex judges a command by its rules, and opens a file within its own sandbox.

use super::places::Roots;
use crate::environment::Environment;
use portcullis_harden::{Anchor, CommandPattern, Tool, Wanted};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many commands and files are asked about: each one starts the tool.
const MOST: usize = 12;

/// What was asked, and whether the tool said no.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Answer {
    pub(crate) tool: &'static str,
    /// In words, such as `the command sudo`.
    pub(crate) what: String,
    pub(crate) refused: bool,
}

/// Asks the tools that are meant and installed.
pub(crate) fn ask(tools: &[Tool], wanted: &Wanted, roots: &Roots, environment: &Environment) -> Vec<Answer> {
    let program = |name: &str| environment.path_folders().into_iter().map(|it| it.join(name)).find(|it| it.is_file());
    let codex = program("codex").filter(|_| tools.contains(&Tool::Codex));
    codex.map(|codex| [commands(&codex, wanted, roots), files(&codex, wanted, roots)].concat()).unwrap_or_default()
}

/// Each command that policy denies, as its rules judge it.
fn commands(codex: &Path, wanted: &Wanted, roots: &Roots) -> Vec<Answer> {
    let rules = portcullis_harden::settings().find(|it| it.id == "codex.rules");
    let place = rules.and_then(|it| it.book.place(portcullis_harden::Scope::User)).and_then(|place| roots.path(place));
    let Some(rules) = place.filter(|rules| rules.is_file()) else { return Vec::new() };
    let words = wanted.denied_commands.iter().filter_map(CommandPattern::words);
    let judged = words.take(MOST).map(|words| {
        let mut command = Command::new(codex);
        command.args(["execpolicy", "check", "--rules"]).arg(&rules).arg("--").args(words);
        let said = command.stdin(Stdio::null()).stderr(Stdio::null()).output().map(|it| it.stdout).unwrap_or_default();
        let decision: Option<serde_json::Value> = serde_json::from_slice(&said).ok();
        let refused = decision.is_some_and(|it| it.get("decision").is_some_and(|word| word == "forbidden"));
        Answer { tool: Tool::Codex.name(), what: format!("the command {}", words.join(" ")), refused }
    });
    judged.collect()
}

/// Each file that policy denies by its whole name and that is there, as its sandbox opens it. Nothing is read: a file that opens is
/// closed again. It is asked only where the machine's requirements deny files at all.
fn files(codex: &Path, wanted: &Wanted, roots: &Roots) -> Vec<Answer> {
    let denies = portcullis_harden::settings().find(|it| it.id == "codex.deny-reads");
    let place = denies.and_then(|it| it.book.places.first()).and_then(|place| roots.path(place));
    if place.is_none_or(|path| !path.is_file()) {
        return Vec::new();
    }
    let named = wanted.denied.iter().filter(|it| !it.except && !it.path.contains(['*', '?', '\\']));
    let paths = named.filter_map(|it| match it.anchor {
        Anchor::Home => Some(roots.home.join(&it.path)),
        Anchor::Root => Some(PathBuf::from("/").join(&it.path)),
        Anchor::Anywhere | Anchor::Repository => None,
    });
    let opened = paths.filter(|path| path.is_file()).take(MOST).map(|path| {
        let mut command = Command::new(codex);
        command.args(["sandbox", "--", "sh", "-c", "exec 3< \"$1\"", "sh"]).arg(&path);
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let refused = status.is_ok_and(|status| !status.success()) && starts(codex);
        Answer { tool: Tool::Codex.name(), what: format!("the file {}", path.display()), refused }
    });
    opened.collect()
}

/// Whether its sandbox starts at all: one that does not refuses everything, and proves nothing.
fn starts(codex: &Path) -> bool {
    let mut command = Command::new(codex);
    command.args(["sandbox", "--", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
