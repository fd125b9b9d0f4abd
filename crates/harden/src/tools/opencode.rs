//! opencode.
//!
//! Of rules the last one that fits counts, so ours stand at the end. A repository's file counts before the user's.

use crate::pattern::{CommandPattern, FilePattern};
use crate::{Book, Change, Format, Place, Setting, Tool, standards};
use serde_json::{Value, json};

static BOOK: Book = Book {
    tool: Tool::OpenCode,
    title: "configuration",
    format: Format::Jsonc,
    places: &[Place::project("opencode.json"), Place::below("XDG_CONFIG_HOME", ".config", "opencode/opencode.json")],
};

static MEMORY: Book = Book {
    tool: Tool::OpenCode,
    title: "instructions",
    format: Format::Prose,
    places: &[Place::project("AGENTS.md"), Place::below("XDG_CONFIG_HOME", ".config", "opencode/AGENTS.md")],
};

const AGENTS: &str = "an agent with permissions of its own has those instead";
const SECOND: &str = "`opencode.jsonc` beside it is read as well, and is not looked at here";

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "opencode.commands",
        &BOOK,
        &["permission", "bash"],
        "the commands that policy denies, and those that it asks about without a yes",
        |wanted, _| {
            let of = |list: &[CommandPattern], answer: &'static str| -> Vec<(String, Value)> {
                list.iter().flat_map(CommandPattern::globs).map(|glob| (glob, json!(answer))).collect()
            };
            Change::members([of(&wanted.asked_commands, "ask"), of(&wanted.denied_commands, "deny")].concat())
        },
    )
    .limits(&["a command is judged by its text; another way to write it gets past", AGENTS, SECOND]),
    Setting::new(
        "opencode.deny-reads",
        &BOOK,
        &["permission", "read"],
        "its tools reading the files that policy denies",
        |wanted, _| Change::members(denied(wanted.denied.iter())),
    )
    .limits(&["commands are not held by it", AGENTS, SECOND]),
    Setting::new(
        "opencode.deny-edits",
        &BOOK,
        &["permission", "edit"],
        "its tools changing the files that policy denies or protects",
        |wanted, _| Change::members(denied(wanted.protected.iter().chain(&wanted.denied))),
    )
    .limits(&["commands are not held by it", AGENTS, SECOND]),
    Setting::new(
        "opencode.fetches-asked",
        &BOOK,
        &["permission", "webfetch"],
        "its own tool for web pages going anywhere without a yes",
        |_, _| Some(Change::at_least("ask", &["deny"])),
    )
    .limits(&["`--auto` says yes to all that is asked", AGENTS, SECOND]),
    Setting::new(
        "opencode.outside-asked",
        &BOOK,
        &["permission", "external_directory"],
        "its tools working outside of the project without a yes",
        |_, _| Some(Change::at_least("ask", &["deny"])),
    )
    .limits(&["`--auto` says yes to all that is asked", AGENTS, SECOND]),
    Setting::new("opencode.no-sharing", &BOOK, &["share"], "conversations being put on a public page", |_, _| {
        Some(Change::is("disabled"))
    })
    .limits(&[SECOND]),
    Setting::new(
        "opencode.no-updates",
        &BOOK,
        &["autoupdate"],
        "another version starting than the one that was looked at",
        |_, _| Some(Change::at_least(false, &["notify"])),
    )
    .limits(&[SECOND]),
    Setting::new(
        "opencode.deny-servers",
        &BOOK,
        &["mcp"],
        "the MCP servers that policy denies, where they are configured",
        |wanted, _| {
            let of = wanted.servers.denied.clone();
            (!of.is_empty()).then(|| Change::Within { of, member: "enabled".to_owned(), value: json!(false) })
        },
    )
    .limits(&["a name is what its user gives", "one that is configured later is not switched off", SECOND]),
    Setting::new(
        "opencode.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .asked(),
];

fn denied<'a>(patterns: impl Iterator<Item = &'a FilePattern>) -> Vec<(String, Value)> {
    let patterns = patterns.filter(|it| !it.except);
    patterns.flat_map(FilePattern::loose).map(|pattern| (pattern, json!("deny"))).collect()
}
