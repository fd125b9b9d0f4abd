//! Tool calls: what each agent's tools mean is data, one file for each agent; what they do is told in the same words as
//! what commands do.

mod patch;
mod shown;
mod table;

pub(crate) use shown::shown;
pub use shown::{Base, Shown};

use crate::effect::{Direction, What};
use crate::evaluate::{Machine, Value};
use crate::{Shell, World};
use portcullis_event::{AbsPath, Hazard, Host};
use serde_json::Value as Json;
use table::{Does, Meaning};

/// An agent whose tools are known, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent<'a>(pub &'a str);

/// A tool call as an agent hands it over.
#[derive(Debug, Clone, Copy)]
pub struct ToolCall<'a> {
    /// The agent, if it is known; without one, the names of all agents are tried.
    pub agent: Option<Agent<'a>>,
    /// The tool's name.
    pub name: &'a str,
    /// Its arguments.
    pub input: &'a Json,
}

/// So many calls lie in one at most.
const MOST: usize = 256;

/// Notes what a call would do.
pub(crate) fn call(machine: &mut Machine<'_>, call: &ToolCall<'_>) {
    // Some agents hand arguments over as text.
    let parsed: Option<Json> = call.input.as_str().and_then(|text| serde_json::from_str(text).ok());
    let input = parsed.as_ref().unwrap_or(call.input);
    if let Some((server, tool)) = of_server(call.name) {
        return unknown(machine, Some(server), tool, input);
    }
    match table::find(call.agent.map(|agent| agent.0), call.name) {
        Some(meaning) => carry_out(machine, meaning, call.name, input),
        None => unknown(machine, None, call.name, input),
    }
}

/// The server and the tool behind `mcp__server__tool` and the like.
fn of_server(name: &str) -> Option<(&str, &str)> {
    if let Some(rest) = name.strip_prefix("mcp__") {
        return Some(rest.split_once("__").unwrap_or((rest, "")));
    }
    if let Some(rest) = name.strip_prefix("mcp_").or_else(|| name.strip_prefix("MCP:")) {
        return Some(rest.split_once(['_', '/']).unwrap_or(("mcp", rest)));
    }
    name.strip_prefix('@').and_then(|rest| rest.split_once('/'))
}

/// The first of some fields that is there.
fn field<'a>(input: &'a Json, names: &[String]) -> Option<&'a Json> {
    names.iter().find_map(|name| input.get(name)).filter(|value| !value.is_null())
}

fn texts(input: &Json, names: &[String]) -> Vec<String> {
    match field(input, names) {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(items)) => {
            items.iter().take(MOST).filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_)) | None => Vec::new(),
    }
}

fn carry_out(machine: &mut Machine<'_>, meaning: &Meaning, name: &str, input: &Json) {
    let folder = texts(input, &meaning.folder);
    if let Some(folder) = folder.first() {
        machine.scope.cwd = machine.place(&Value::from_outside(folder));
    }
    let values = texts(input, &meaning.fields);
    if values.is_empty() && meaning.does.needs_field() {
        machine.danger(Hazard::Unresolved, format!("the call of `{name}` does not say what it is about"));
    }
    let paths = || values.iter().map(|text| Value::from_outside(text));
    match meaning.does {
        Does::Nothing => {}
        Does::Shell | Does::PowerShell => command(machine, meaning, input),
        Does::Read => paths().for_each(|path| drop(machine.read_file(&path))),
        Does::Search | Does::List => paths().for_each(|path| machine.list(&path)),
        Does::Write => paths().for_each(|path| machine.write_file(&path)),
        Does::Delete => paths().for_each(|path| machine.delete(&path, true)),
        Does::Move => {
            paths().for_each(|path| machine.delete(&path, true));
            for path in &texts(input, &meaning.to) {
                machine.write_file(&Value::from_outside(path));
            }
        }
        Does::Fetch => fetch(machine, &values),
        Does::Patch => {
            for text in &values {
                patch::apply(machine, text);
            }
        }
        Does::Batch => batch(machine, meaning, name, input),
        Does::ByVerb => by_verb(machine, meaning, name, input),
    }
}

/// A command: a text, or words.
fn command(machine: &mut Machine<'_>, meaning: &Meaning, input: &Json) {
    match field(input, &meaning.fields) {
        Some(Json::String(text)) => {
            let text = match field(input, &meaning.to) {
                Some(Json::Array(more)) => {
                    let words: Vec<&str> = more.iter().filter_map(Json::as_str).collect();
                    format!("{text} {}", words.join(" "))
                }
                Some(Json::String(_) | Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_)) | None => {
                    text.clone()
                }
            };
            let shell = if meaning.does == Does::PowerShell { Shell::PowerShell } else { Shell::Bash };
            if text.trim_start().starts_with("*** Begin Patch") {
                patch::apply(machine, &text);
            } else {
                crate::run(machine, &text, shell);
            }
        }
        Some(Json::Array(words)) => {
            let argv: Vec<Value> = words.iter().filter_map(Json::as_str).map(Value::from_outside).collect();
            if let [program, text] = argv.as_slice()
                && program.is("apply_patch")
            {
                return patch::apply(machine, &text.text);
            }
            machine.start(argv, &Value::default());
        }
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_)) | None => {}
    }
}

fn fetch(machine: &mut Machine<'_>, values: &[String]) {
    for text in values {
        let addresses: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | '('))
            .filter(|word| word.contains("://"))
            .collect();
        if addresses.is_empty() {
            machine.url(&Value::from_outside(text), Direction::In);
        }
        for address in addresses {
            machine.url(&Value::from_outside(address), Direction::In);
        }
    }
}

/// Several calls in one.
fn batch(machine: &mut Machine<'_>, meaning: &Meaning, name: &str, input: &Json) {
    let Some(Json::Array(items)) = field(input, &meaning.fields) else { return };
    if items.len() > MOST {
        machine.danger(Hazard::Unresolved, format!("`{name}` holds more calls than are gone through"));
    }
    for item in items.iter().take(MOST) {
        match item {
            Json::String(path) => drop(machine.read_file(&Value::from_outside(path))),
            Json::Object(_) => by_verb(machine, meaning, name, item),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => {
                machine.danger(Hazard::Unresolved, format!("`{name}` holds something that is no call"));
            }
        }
    }
}

/// What is done is said by a field.
fn by_verb(machine: &mut Machine<'_>, meaning: &Meaning, name: &str, input: &Json) {
    if field(input, &meaning.fields).is_some_and(Json::is_array) && meaning.does == Does::ByVerb {
        return batch(machine, meaning, name, input);
    }
    let verb = texts(input, &meaning.verb).into_iter().next().unwrap_or_default().to_lowercase();
    let paths = texts(input, &meaning.paths);
    if paths.is_empty() {
        machine.danger(Hazard::Unresolved, format!("the call of `{name}` does not say what it is about"));
    }
    for path in paths {
        let path = Value::from_outside(&path);
        match verb.as_str() {
            "" | "view" | "read" | "line" | "lines" | "image" | "cat" | "search" | "open" => {
                drop(machine.read_file(&path));
            }
            "list" | "directory" | "ls" | "dir" | "tree" => machine.list(&path),
            "delete" | "remove" => machine.delete(&path, true),
            _ => machine.write_file(&path),
        }
    }
}

/// A tool that nobody knows: what looks like a path or an address among its arguments is told.
fn unknown(machine: &mut Machine<'_>, server: Option<&str>, name: &str, input: &Json) {
    let (mut paths, mut hosts) = (Vec::new(), Vec::new());
    let mut left = MOST;
    gather(input, machine.world, &mut paths, &mut hosts, &mut left);
    paths.sort();
    paths.dedup();
    hosts.sort();
    hosts.dedup();
    if left == 0 {
        machine.danger(Hazard::Unresolved, format!("`{name}` has more arguments than are gone through"));
    }
    machine.note(What::Tool { server: server.map(str::to_owned), name: name.to_owned(), paths, hosts });
    // A tool of the agent itself that nobody has heard of, and that is handed a command, runs it.
    if server.is_none() {
        for name in ["command", "commandLine", "command_line", "CommandLine", "cmd", "script", "shellCommand"] {
            if let Some(text) = input.get(name).and_then(Json::as_str) {
                crate::run(machine, text, Shell::Bash);
            }
        }
    }
}

fn gather(input: &Json, world: &dyn World, paths: &mut Vec<AbsPath>, hosts: &mut Vec<Host>, left: &mut usize) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    match input {
        Json::String(text) => {
            if let Some((_, rest)) = text.split_once("://") {
                let host =
                    rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
                let (host, _) = crate::evaluate::split_port(host);
                hosts.extend(Host::parse(host));
            } else if let Some(path) = path_like(text, world) {
                paths.push(path);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| gather(item, world, paths, hosts, left)),
        Json::Object(fields) => fields.values().for_each(|item| gather(item, world, paths, hosts, left)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn path_like(text: &str, world: &dyn World) -> Option<AbsPath> {
    if text.len() > 4096 || text.contains('\n') {
        return None;
    }
    if let Some(rest) = text.strip_prefix("~/") {
        return world.home().join(rest).ok();
    }
    let names_file = text.starts_with(['/', '.']) || (text.contains('/') && !text.contains(' '));
    if names_file { world.cwd().join(text).ok() } else { None }
}
