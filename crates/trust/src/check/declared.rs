//! What a skill says of itself, held against what its scripts do: a skill for backups that installs a timer does what it says,
//! one for recipes does not.

use super::front;
use crate::found::Found;
use crate::markdown::Page;
use crate::rule;
use crate::scan::brought_by;
use crate::tree::{Entry, Tree};
use std::collections::BTreeSet;

/// Words by which a description says that something stays and comes back by itself.
const STAYS: [&str; 16] = [
    "launchd",
    "launchagent",
    "cron",
    "systemd",
    "autostart",
    "at login",
    "daemon",
    "background service",
    "as a service",
    "shell integration",
    "shell profile",
    "git hook",
    "zshrc",
    "bashrc",
    "every night",
    "nightly",
];

/// Takes off what a skill leaves behind where its own description says so: whoever reads it knows.
pub(crate) fn take_off(findings: &mut Vec<Found>, tree: &Tree, roots: &BTreeSet<String>) {
    let stays = rule::PERSISTENCE.id;
    if findings.iter().all(|found| found.hit.rule.as_str() != stays) {
        return;
    }
    let says_so: BTreeSet<&String> = roots.iter().filter(|root| says(tree, root)).collect();
    findings.retain(|found| {
        let root = brought_by(roots, &found.path);
        found.hit.rule.as_str() != stays || !root.is_some_and(|root| says_so.contains(&root.to_owned()))
    });
}

/// Whether the description of the skill in this folder says that something stays.
fn says(tree: &Tree, root: &str) -> bool {
    let text = tree.below(root).find_map(|(path, entry)| match entry {
        Entry::File(file) if path.eq_ignore_ascii_case("skill.md") => str::from_utf8(&file.bytes).ok(),
        Entry::File(_) | Entry::Link(_) => None,
    });
    let Some(text) = text else { return false };
    let front = Page::read(text).front.map(|span| front::read(text, span));
    let description = front.as_ref().and_then(|front| front.get("description")?.text()).unwrap_or_default();
    let description = description.to_lowercase();
    STAYS.iter().any(|word| description.contains(word))
}
