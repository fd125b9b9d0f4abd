//! Cursor, the editor and its command line.

use crate::pattern::{CommandPattern, FilePattern};
use crate::{Book, Change, Format, Place, Setting, Tool, standards};
use serde_json::Value;

static EDITOR: Book = Book {
    tool: Tool::Cursor,
    title: "settings of the editor",
    format: Format::Jsonc,
    places: &[
        Place::project(".vscode/settings.json"),
        Place::user(
            ".config/Cursor/User/settings.json",
            "Library/Application Support/Cursor/User/settings.json",
            "AppData\\Roaming\\Cursor\\User\\settings.json",
        ),
    ],
};

/// The rules of the command line.
static RULES: Book = Book {
    tool: Tool::Cursor,
    title: "rules of the command line",
    format: Format::Json,
    places: &[Place::project(".cursor/cli.json"), Place::home(".cursor/cli-config.json")],
};

static IGNORED: Book = Book {
    tool: Tool::Cursor,
    title: "ignored files",
    format: Format::Lines,
    places: &[Place::project(".cursorignore")],
};

static UNINDEXED: Book = Book {
    tool: Tool::Cursor,
    title: "files that are not indexed",
    format: Format::Lines,
    places: &[Place::project(".cursorindexingignore")],
};

static MEMORY: Book = Book {
    tool: Tool::Cursor,
    title: "instructions",
    format: Format::Own,
    places: &[Place::project(".cursor/rules/portcullis.mdc")],
};

const HEAD: &str = "---\ndescription: What policy asks of agents here\nalwaysApply: true\n---\n\n";

pub(super) static SHARED: &[Setting] =
    super::editor::common!(&EDITOR, "cursor.telemetry", "cursor.workspace-trust", "cursor.no-automatic-tasks");

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "cursor.deny-reads",
        &RULES,
        &["permissions", "deny"],
        "the command line's tools reading the files that policy denies",
        |wanted, _| {
            let read = wanted.denied.iter().filter(|it| !it.except);
            Change::holds(read.flat_map(|it| both("Read", it)))
        },
    )
    .limits(&["commands are not held by it", "the editor does not read it"]),
    Setting::new(
        "cursor.deny-writes",
        &RULES,
        &["permissions", "deny"],
        "the command line's tools changing the files that policy denies or protects",
        |wanted, _| {
            let written = wanted.denied.iter().chain(&wanted.protected).filter(|it| !it.except);
            Change::holds(written.flat_map(|it| both("Write", it)))
        },
    )
    .limits(&["commands are not held by it", "the editor does not read it"]),
    Setting::new(
        "cursor.deny-commands",
        &RULES,
        &["permissions", "deny"],
        "the programs that policy denies, started by the command line's shell",
        |wanted, _| {
            // Only the first word of a command is looked at.
            let one = |it: &CommandPattern| {
                it.words().and_then(|words| match words {
                    [word] => Some(format!("Shell({word})")),
                    _ => None,
                })
            };
            Change::holds(wanted.denied_commands.iter().filter_map(one))
        },
    )
    .limits(&[
        "only the first word is looked at: commands that policy denies with certain arguments are not said",
        "the editor does not read it",
    ]),
    Setting::new(
        "cursor.ignored-files",
        &IGNORED,
        &[],
        "the editor's agent reading, and its index holding, the files that policy denies",
        |wanted, _| super::ignore::block(wanted),
    )
    .limits(&["commands and tools of MCP servers are not held by it"]),
    Setting::new(
        "cursor.unindexed-files",
        &UNINDEXED,
        &[],
        "the index, which is kept by its maker, holding the files that policy denies",
        |wanted, _| super::ignore::block(wanted),
    )
    .limits(&["the agent can open the files all the same"]),
    Setting::new(
        "cursor.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::file(wanted, HEAD),
    )
    .asked(),
];

/// A rule for the files, and one for what is below a folder.
fn both(tool: &str, pattern: &FilePattern) -> [Value; 2] {
    let glob = pattern.glob();
    [format!("{tool}({glob})").into(), format!("{tool}({glob}/**)").into()]
}
