//! The book's page of all settings, made from the table itself.

use crate::pattern::{Anchor, CommandPattern, FilePattern};
use crate::{ATTESTATIONS, Change, Hold, Scope, Servers, Setting, Tool, Wanted, settings};
use std::fmt::Write as _;

const HEAD: &str = "\
# Settings of agents

<!-- Generated from the table of settings; do not edit. -->

What [`portcullis harden`](../commands/harden.md) writes, and `portcullis harden verify` proves. *Enforced* is what the tool itself
sees to, outside of what its model can do; *asked* is what the model is told. None of them is a wall: what a tool is known to do in
spite of a setting stands below its table, and `portcullis run` holds where settings do not.

";

/// A policy that wants something of every setting.
fn everything() -> Wanted {
    let file = |path: &str| FilePattern { anchor: Anchor::Anywhere, path: path.to_owned(), except: false };
    Wanted {
        denied: vec![file(".env")],
        protected: vec![file(".husky")],
        denied_commands: CommandPattern::new("sudo").into_iter().collect(),
        asked_commands: CommandPattern::new("npm publish").into_iter().collect(),
        hosts: vec!["example.com".to_owned()],
        denied_hosts: vec!["metadata.example.com".to_owned()],
        only_hosts: true,
        models: vec!["anthropic/one".to_owned()],
        servers: Servers { denied: vec!["bad".to_owned()], only: Some(Vec::new()) },
        days: Some(30),
        standards: vec!["Write no credential into code.".to_owned()],
    }
}

/// The page.
pub fn page() -> String {
    let count = settings().count();
    let tools = Tool::ALL.iter().filter(|tool| settings().any(|it| it.book.tool == **tool)).count();
    let mut out = format!("{HEAD}{count} settings of {tools} tools.\n");
    for tool in Tool::ALL {
        let of_tool: Vec<&Setting> = settings().filter(|it| it.book.tool == tool).collect();
        if !of_tool.is_empty() {
            section(&mut out, tool, &of_tool);
        }
    }
    attested(&mut out);
    out
}

fn section(out: &mut String, tool: Tool, settings: &[&Setting]) {
    // A text never fails to be written to.
    writeln!(out, "\n## {}\n", tool.title()).ok();
    let mut books: Vec<&crate::Book> = Vec::new();
    for setting in settings {
        if !books.iter().any(|it| std::ptr::eq(*it, setting.book)) {
            books.push(setting.book);
        }
    }
    writeln!(out, "| file | scope | where |\n|---|---|---|").ok();
    for book in books {
        for place in book.places {
            writeln!(out, "| {} | {} | {} |", book.title, place.scope.name(), paths(place)).ok();
        }
    }
    writeln!(out, "\n| setting | key | value | what it stops | |\n|---|---|---|---|---|").ok();
    for setting in settings {
        let key = if setting.key.is_empty() { "–".to_owned() } else { format!("`{}`", setting.shown_key()) };
        let (value, stops, hold) = (value(setting), setting.stops, hold(setting.hold));
        writeln!(out, "| `{}` | {key} | {value} | {stops}{} | {hold} |", setting.id, scopes(setting)).ok();
    }
    limits(out, settings);
}

fn paths(place: &crate::Place) -> String {
    let mut paths = vec![place.path.linux, place.path.macos, place.path.windows];
    paths.retain(|path| !path.is_empty());
    paths.dedup();
    let shown: Vec<String> = paths.iter().map(|path| format!("`{}`", place.shown(path))).collect();
    shown.join(", ")
}

/// Where it is not read in every file of its book.
fn scopes(setting: &Setting) -> String {
    let all: Vec<Scope> = setting.book.places.iter().map(|it| it.scope).filter(|it| *it != Scope::Local).collect();
    let read: Vec<&str> = all.iter().filter(|it| setting.scopes.contains(it)).map(|it| it.name()).collect();
    if read.len() == all.len() { String::new() } else { format!(" ({} only)", read.join(", ")) }
}

fn value(setting: &Setting) -> String {
    let wanted = everything();
    let change = setting.book.places.iter().find_map(|place| setting.wanted(&wanted, place.scope));
    match change {
        Some(Change::Is { value, stricter }) => {
            let kept: Vec<String> = stricter.iter().map(|it| format!("`{it}`")).collect();
            let kept = if kept.is_empty() { String::new() } else { format!("; {} is kept", kept.join(" or ")) };
            format!("`{value}`{kept}")
        }
        Some(Change::Limit(_)) => "at most what policy says".to_owned(),
        Some(Change::Holds(_)) => "a list with what policy says".to_owned(),
        Some(Change::AtMost(_)) => "a list with nothing but what policy says".to_owned(),
        Some(Change::Members(_)) => "one member for each that policy names".to_owned(),
        Some(Change::Within { member, value, .. }) => format!("`{member}` is `{value}` in each"),
        Some(Change::Block(_)) => "lines between two marks".to_owned(),
        Some(Change::Whole(_)) => "a file of its own".to_owned(),
        None => "on other systems".to_owned(),
    }
}

const fn hold(hold: Hold) -> &'static str {
    match hold {
        Hold::Enforced => "enforced",
        Hold::Asked => "asked",
    }
}

fn limits(out: &mut String, settings: &[&Setting]) {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for setting in settings {
        for limit in setting.limits {
            match all.iter_mut().find(|(text, _)| text == limit) {
                Some((_, ids)) => ids.push(setting.id),
                None => all.push((limit, vec![setting.id])),
            }
        }
    }
    if all.is_empty() {
        return;
    }
    writeln!(out, "\nIn spite of them:\n").ok();
    for (text, ids) in all {
        let names: Vec<&str> = ids.iter().map(|id| id.split_once('.').map_or(*id, |(_, name)| name)).collect();
        writeln!(out, "- {text} ({})", names.join(", ")).ok();
    }
}

fn attested(out: &mut String) {
    out.push_str("\n## What somebody looks at\n\nSettings that stand in a web page. `portcullis harden attest NAME` writes down that you looked.\n\n");
    out.push_str("| name | tool | what must be so | where | for |\n|---|---|---|---|---|\n");
    for it in ATTESTATIONS {
        writeln!(out, "| `{}` | {} | {} | {} | {} days |", it.id, it.tool.title(), it.what, it.place, it.days).ok();
    }
}
