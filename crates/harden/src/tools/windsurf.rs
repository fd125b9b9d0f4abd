//! Windsurf.

use crate::pattern::CommandPattern;
use crate::{Book, Change, Format, Place, Setting, Tool, standards};

static EDITOR: Book = Book {
    tool: Tool::Windsurf,
    title: "settings of the editor",
    format: Format::Jsonc,
    places: &[
        Place::project(".vscode/settings.json"),
        Place::user(
            ".config/Windsurf/User/settings.json",
            "Library/Application Support/Windsurf/User/settings.json",
            "AppData\\Roaming\\Windsurf\\User\\settings.json",
        ),
    ],
};

static IGNORED: Book = Book {
    tool: Tool::Windsurf,
    title: "ignored files",
    format: Format::Lines,
    places: &[Place::project(".codeiumignore"), Place::home(".codeium/.codeiumignore")],
};

static RULE: Book = Book {
    tool: Tool::Windsurf,
    title: "instructions of a repository",
    format: Format::Own,
    places: &[Place::project(".windsurf/rules/portcullis.md")],
};

static MEMORY: Book = Book {
    tool: Tool::Windsurf,
    title: "instructions",
    format: Format::Prose,
    places: &[Place::home(".codeium/windsurf/memories/global_rules.md")],
};

pub(super) static SHARED: &[Setting] =
    super::editor::common!(&EDITOR, "windsurf.telemetry", "windsurf.workspace-trust", "windsurf.no-automatic-tasks");

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "windsurf.commands-asked",
        &EDITOR,
        &["windsurf.cascadeCommandsDenyList"],
        "the commands that policy denies or asks about running without a question",
        |wanted, _| {
            let commands = wanted.denied_commands.iter().chain(&wanted.asked_commands);
            Change::holds(commands.filter_map(|it| it.words().map(|_| CommandPattern::text(it))))
        },
    )
    .limits(&["it asks, it does not deny", "a command is judged by how its text begins"]),
    Setting::new(
        "windsurf.ignored-files",
        &IGNORED,
        &[],
        "its agent reading, and its index holding, the files that policy denies",
        |wanted, _| super::ignore::block(wanted),
    )
    .limits(&["commands and tools of MCP servers are not held by it"]),
    Setting::new(
        "windsurf.rules",
        &RULE,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::file(wanted, "---\ntrigger: always_on\n---\n\n"),
    )
    .asked(),
    Setting::new(
        "windsurf.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .limits(&["what is beyond its limit of characters is cut off"])
    .asked(),
];
