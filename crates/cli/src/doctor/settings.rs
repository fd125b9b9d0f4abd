//! Whether agents' settings are still what `harden` wrote.

use super::Check;
use crate::harden::kept::Keeping;
use crate::home::Home;
use std::fs;

const ID: &str = "settings";

/// Compares each file with what was written. Nothing is said where nothing was.
pub(crate) fn check(home: &Home) -> Vec<Check> {
    let all = match Keeping::of(home).all() {
        Ok(all) => all,
        Err(failure) => return vec![Check::fail(ID, failure.what, failure.fix.join("; "))],
    };
    if all.is_empty() {
        return Vec::new();
    }
    let is_changed = |kept: &&crate::harden::kept::Kept| {
        let now = fs::read_to_string(&kept.path).ok();
        now.as_deref() != kept.steps.last().map(|step| &*step.after)
    };
    let changed: Vec<Check> = all
        .iter()
        .filter(is_changed)
        .map(|kept| {
            let found = format!("{}: {} was changed since it was hardened", kept.tool, kept.path.display());
            Check::warn(ID, found, "what does not hold any more: portcullis harden verify")
        })
        .collect();
    if changed.is_empty() {
        return vec![Check::ok(ID, format!("{} files of agents are as they were hardened", all.len()))];
    }
    changed
}
