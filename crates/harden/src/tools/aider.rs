//! aider. It has no tools that a model calls by itself; what it adds to a conversation is what it is given or finds.

use crate::{Book, Change, Format, Place, Setting, Tool};

static BOOK: Book = Book {
    tool: Tool::Aider,
    title: "configuration",
    format: Format::Yaml,
    places: &[Place::project(".aider.conf.yml"), Place::home(".aider.conf.yml")],
};

static IGNORED: Book = Book {
    tool: Tool::Aider,
    title: "ignored files",
    format: Format::Lines,
    places: &[Place::project(".aiderignore")],
};

const ABOVE: &str = "a file in the working folder, a variable and an option on the command line say something else";

macro_rules! switch {
    ($id:literal, $name:literal, $value:literal, $stops:literal) => {
        Setting::new($id, &BOOK, &[$name], $stops, |_, _| Some(Change::is($value))).limits(&[ABOVE])
    };
}

pub(super) static SETTINGS: &[Setting] = &[
    switch!("aider.telemetry", "analytics-disable", true, "figures about use going to its maker, for good"),
    switch!("aider.questions", "yes-always", false, "every question being answered with yes"),
    switch!("aider.commands", "suggest-shell-commands", false, "commands being suggested, and run with one key"),
    switch!("aider.addresses", "detect-urls", false, "pages being fetched because an address stands in a prompt"),
    switch!(
        "aider.hooks",
        "git-commit-verify",
        true,
        "commits going around the hooks of the repository, which is its default"
    ),
    switch!(
        "aider.ignored",
        "add-gitignore-files",
        false,
        "files that git ignores, such as those of secrets, being added"
    ),
    switch!("aider.updates", "check-update", false, "its maker being asked for a new version at each start"),
    Setting::new(
        "aider.ignored-files",
        &IGNORED,
        &[],
        "the files that policy denies being added to a conversation",
        |wanted, _| super::ignore::block(wanted),
    )
    .limits(&["a command that its user runs with `/run` adds what that prints"]),
];
