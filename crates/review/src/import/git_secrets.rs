//! git-secrets: the patterns in git's configuration, and `.gitallowed`.

use super::dialect::compile_grep;
use super::rules::{Dialect, UserRule};
use super::{ImportError, Imported};
use crate::git::config::Config;
use crate::suppress::{Allow, Target};
use portcullis_event::RuleId;

/// Reads `secrets.patterns` and `secrets.allowed` of a configuration of git.
pub fn settings(text: &[u8]) -> Result<Imported, ImportError> {
    let config = Config::parse(text);
    let mut imported = Imported::default();
    for (number, pattern) in config.all("secrets.patterns").enumerate() {
        let name = format!("git-secrets-{}", number + 1);
        let id = RuleId::parse(name).map_err(|error| super::format_error("configuration of git-secrets", error))?;
        imported.rules.push(UserRule {
            description: format!("What the forbidden pattern {} of git-secrets looks for", number + 1),
            ..UserRule::new(id, pattern, Dialect::Grep)
        });
    }
    for provider in config.all("secrets.providers") {
        let provider = crate::printable(provider);
        imported.left_behind.push(format!("the provider `{provider}` is a program, which is not run"));
    }
    let allowed: Vec<String> = config.all("secrets.allowed").map(str::to_owned).collect();
    allow(&allowed, "it is allowed in git's settings", &mut imported);
    Ok(imported)
}

/// Reads a `.gitallowed`: a pattern on each line.
pub(super) fn allowed_file(text: &str) -> Imported {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    let mut imported = Imported::default();
    allow(&lines, "it is allowed in .gitallowed", &mut imported);
    imported
}

/// These are compared with what a search prints: the path, the number of the line, and the line.
fn allow(patterns: &[String], reason: &str, imported: &mut Imported) {
    let compiled = |of: &str, pattern: &str| Ok((Target::Printed, compile_grep(of, pattern)?));
    let patterns = imported.patterns("an allowed pattern", patterns, compiled);
    if !patterns.is_empty() {
        imported.allows.push(Allow { reason: Some(reason.to_owned()), patterns, ..Allow::default() });
    }
}
