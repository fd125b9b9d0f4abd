//! goose. Without a word from its user it does what its model wants, without a question.

use crate::{Book, Change, Format, Place, Setting, Tool, standards};

static BOOK: Book = Book {
    tool: Tool::Goose,
    title: "configuration",
    format: Format::Yaml,
    places: &[Place::below("XDG_CONFIG_HOME", ".config", "goose/config.yaml")],
};

static IGNORED: Book = Book {
    tool: Tool::Goose,
    title: "ignored files",
    format: Format::Lines,
    places: &[Place::project(".gooseignore"), Place::below("XDG_CONFIG_HOME", ".config", "goose/.gooseignore")],
};

static MEMORY: Book = Book {
    tool: Tool::Goose,
    title: "instructions",
    format: Format::Prose,
    places: &[Place::project(".goosehints"), Place::below("XDG_CONFIG_HOME", ".config", "goose/.goosehints")],
};

const VARIABLE: &str = "a variable of the same name in the environment counts before it";

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "goose.mode",
        &BOOK,
        &["GOOSE_MODE"],
        "everything being done without a question, which is its default",
        |_, _| Some(Change::at_least("smart_approve", &["approve", "chat"])),
    )
    .limits(&[VARIABLE, "what a model takes for harmless is not asked about"]),
    Setting::new(
        "goose.telemetry",
        &BOOK,
        &["GOOSE_TELEMETRY_ENABLED"],
        "figures about use going to its maker",
        |_, _| Some(Change::is(false)),
    )
    .limits(&[VARIABLE]),
    Setting::new(
        "goose.security",
        &BOOK,
        &["SECURITY_PROMPT_ENABLED"],
        "commands that look like those of an attack running without a question",
        |_, _| Some(Change::is(true)),
    )
    .limits(&[VARIABLE]),
    Setting::new(
        "goose.ignored-files",
        &IGNORED,
        &[],
        "its developer tools reading and changing the files that policy denies",
        |wanted, _| super::ignore::block(wanted),
    )
    .limits(&["other extensions, and commands that open a file themselves, are not held by it"]),
    Setting::new(
        "goose.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .asked(),
];
