//! What agents are told in words: what policy will not let them do, so that they need not try, and how code is written here. It
//! holds nobody back who does not want to be held back.

use crate::wanted::Wanted;
use crate::{Change, FilePattern};
use std::fmt::Write as _;

/// What is asked of whoever writes code, unless a policy says something else: each sentence is about a mistake that generated
/// code is known for.
pub const SECURE_CODING: &[&str] = &[
    "Write no credential, key or token into code, tests, fixtures, comments or logs; read it from the environment or a store of secrets.",
    "Hand values to databases, shells, templates and directories as parameters; never build a query or a command by joining text.",
    "Check who asks and what they may do on the server, in every handler, before anything is read or changed.",
    "Take every input for hostile: check its type, length and range where it comes in, and encode it for where it goes out.",
    "Resolve a path that comes from outside and check that it stays below its folder before it is opened.",
    "Fetch no address that comes from outside without a list of hosts that may be fetched.",
    "Use the platform's own cryptography with its defaults; no MD5, SHA-1, DES or ECB, and random numbers for secrets only from a secure source.",
    "Read foreign data with parsers that make no objects of any class; no pickle, no `eval`, no YAML loader that is not a safe one.",
    "Switch off no check: no `verify=False`, no disabled certificate check, no swallowed exception, no ignored linter without a reason beside it.",
    "Add a dependency only if it is needed; look up that it exists under that very name, and pin its version.",
    "Say nothing of internals to users in errors; put into logs what helps, and no personal data.",
    "Set time limits, size limits and an end for every loop, request and allocation that input can influence.",
];

/// How many names are worth saying; the rest is enforced, not told.
const MOST: usize = 16;

/// Our lines in a file of instructions.
pub(crate) fn block(wanted: &Wanted) -> Option<Change> {
    let text = text(wanted);
    (!text.is_empty()).then_some(Change::Block(text))
}

/// The same as a file of its own, below these lines.
pub(crate) fn file(wanted: &Wanted, head: &str) -> Option<Change> {
    let text = text(wanted);
    (!text.is_empty()).then(|| Change::Whole(format!("{head}{text}")))
}

fn text(wanted: &Wanted) -> String {
    let mut out = "## What holds here\n\nWhat you do is checked against a policy. What it denies fails, so do not try it, and look for no way around it: say what\nyou could not do, and stop. `portcullis explain` tells a person why.\n\n".to_owned();
    let said = [
        ("Never read or change", names(&wanted.denied)),
        ("Never change", names(&wanted.protected)),
        ("Never run", commands(&wanted.denied_commands)),
        ("Ask a person before you run", commands(&wanted.asked_commands)),
    ];
    for (verb, names) in said.iter().filter(|(_, names)| !names.is_empty()) {
        let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
        let more = if names.len() > MOST { ", and others like them" } else { "" };
        // A text never fails to be written to.
        writeln!(out, "- {verb}: {}{more}.", shown.join(", ")).ok();
    }
    if !wanted.standards.is_empty() {
        out.push_str("\n## How code is written here\n\n");
        for sentence in &wanted.standards {
            writeln!(out, "- {}", sentence.replace('\n', " ")).ok();
        }
    }
    out
}

fn names(patterns: &[FilePattern]) -> Vec<String> {
    let mut names: Vec<String> = patterns.iter().filter(|it| !it.except).map(FilePattern::glob).collect();
    names.dedup();
    names.into_iter().map(|name| name.trim_start_matches("**/").to_owned()).collect()
}

fn commands(patterns: &[crate::CommandPattern]) -> Vec<String> {
    patterns.iter().map(crate::CommandPattern::text).collect()
}
