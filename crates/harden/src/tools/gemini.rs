//! Gemini CLI.
//!
//! Rules about tools stand in files of their own, and the machine's are ignored without a word unless root alone can change them.
//! Rules of a repository are not read at all.

use crate::pattern::{CommandPattern, FilePattern};
use crate::standards;
use crate::{Book, Change, Format, Place, Setting, Tool, Wanted};
use serde_json::Value;
use std::fmt::Write as _;

static BOOK: Book = Book {
    tool: Tool::Gemini,
    title: "settings",
    format: Format::JsonWithComments,
    places: &[
        Place::managed(
            "etc/gemini-cli/settings.json",
            "Library/Application Support/GeminiCli/settings.json",
            "C:\\ProgramData\\gemini-cli\\settings.json",
        ),
        Place::project(".gemini/settings.json"),
        Place::below("GEMINI_CLI_HOME", "", ".gemini/settings.json"),
    ],
};

static RULES: Book = Book {
    tool: Tool::Gemini,
    title: "rules",
    format: Format::Own,
    places: &[
        Place::managed(
            "etc/gemini-cli/policies/portcullis.toml",
            "Library/Application Support/GeminiCli/policies/portcullis.toml",
            "C:\\ProgramData\\gemini-cli\\policies\\portcullis.toml",
        ),
        Place::below("GEMINI_CLI_HOME", "", ".gemini/policies/portcullis.toml"),
    ],
};

static IGNORED: Book = Book {
    tool: Tool::Gemini,
    title: "ignored files",
    format: Format::Lines,
    places: &[Place::project(".geminiignore")],
};

static MEMORY: Book = Book {
    tool: Tool::Gemini,
    title: "instructions",
    format: Format::Prose,
    places: &[Place::project("GEMINI.md"), Place::below("GEMINI_CLI_HOME", "", ".gemini/GEMINI.md")],
};

/// It refuses longer ones.
const LONGEST: usize = 2000;

const MOVED: &str = "`GEMINI_CLI_SYSTEM_SETTINGS_PATH` moves the machine's settings";
const TRUSTED: &str = "of a repository it is read once that is trusted";

macro_rules! switch {
    ($id:literal, $section:literal, $name:literal, $value:literal, $stops:literal) => {
        Setting::new($id, &BOOK, &[$section, $name], $stops, |_, _| Some(Change::is($value))).limits(&[MOVED, TRUSTED])
    };
}

pub(super) static SETTINGS: &[Setting] = &[
    switch!("gemini-cli.no-yolo", "security", "disableYoloMode", true, "the mode and the option that skip every question"),
    switch!("gemini-cli.no-always", "security", "disableAlwaysAllow", true, "one yes standing for all that come after it"),
    switch!(
        "gemini-cli.no-permanent-yes",
        "security",
        "enablePermanentToolApproval",
        false,
        "a yes being kept for all sessions to come"
    ),
    switch!(
        "gemini-cli.no-git-extensions",
        "security",
        "blockGitExtensions",
        true,
        "extensions being installed and loaded from any repository"
    ),
    Setting::new(
        "gemini-cli.folder-trust",
        &BOOK,
        &["security", "folderTrust", "enabled"],
        "settings, hooks and servers of a repository being read before that is trusted",
        |_, _| Some(Change::is(true)),
    )
    .limits(&[MOVED, "`--skip-trust` goes on without"]),
    Setting::new(
        "gemini-cli.keys-stay",
        &BOOK,
        &["security", "environmentVariableRedaction", "enabled"],
        "variables that look like secrets being handed to commands; it is off by default",
        |_, _| Some(Change::is(true)),
    )
    .limits(&[MOVED]),
    Setting::new(
        "gemini-cli.mode",
        &BOOK,
        &["general", "defaultApprovalMode"],
        "sessions beginning in a mode that changes files without a question",
        |_, _| Some(Change::at_least("default", &["plan"])),
    )
    .limits(&["`--approval-mode` says something else"]),
    switch!(
        "gemini-cli.telemetry",
        "privacy",
        "usageStatisticsEnabled",
        false,
        "figures about use going to its maker"
    ),
    switch!("gemini-cli.prompts-unlogged", "telemetry", "logPrompts", false, "prompts being exported with traces"),
    Setting::new(
        "gemini-cli.deny-servers",
        &BOOK,
        &["mcp", "excluded"],
        "the MCP servers that policy denies",
        |wanted, _| Change::holds(plain(&wanted.servers.denied)),
    )
    .limits(&["a name is what its user gives", MOVED]),
    Setting::new(
        "gemini-cli.allow-servers",
        &BOOK,
        &["mcp", "allowed"],
        "MCP servers that policy does not name",
        // An empty list is one that names nobody, and is read as none.
        |wanted, _| {
            let only = wanted.servers.only.as_ref()?;
            let mut names: Vec<Value> = plain(only).map(Value::from).collect();
            if names.is_empty() {
                names.push("none-is-approved".into());
            }
            Some(Change::AtMost(names))
        },
    )
    .limits(&["a name is what its user gives", MOVED]),
    Setting::new(
        "gemini-cli.ignore-respected",
        &BOOK,
        &["context", "fileFiltering", "respectGeminiIgnore"],
        "its list of ignored files being left aside",
        |_, _| Some(Change::is(true)),
    )
    .limits(&[MOVED]),
    Setting::new(
        "gemini-cli.rules",
        &RULES,
        &[],
        "its tools reading and changing the files, running the commands and asking the servers that policy denies; asking less than policy does",
        |wanted, _| rules(wanted).map(Change::Whole),
    )
    .limits(&[
        "rules of a repository are not read",
        "a program that a command starts can open the file all the same",
    ]),
    Setting::new(
        "gemini-cli.ignored-files",
        &IGNORED,
        &[],
        "its tools for files finding the files that policy denies",
        |wanted, _| super::ignore::block(wanted),
    )
    .limits(&["commands are not held by it", "it is read when the tool starts"]),
    Setting::new(
        "gemini-cli.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .asked(),
];

fn plain(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(String::as_str).filter(|name| !name.contains('*'))
}

/// Whether the tool takes a regular expression. If it refuses one it leaves out all of the file.
fn is_taken(pattern: &str) -> bool {
    pattern.len() <= LONGEST
}

/// The file of rules. The highest priority wins, so that one's own rules can be stricter and not laxer.
fn rules(wanted: &Wanted) -> Option<String> {
    let mut out = "# Written by `portcullis harden`; what you change here is lost.\n".to_owned();
    let empty = out.len();
    let said = "policy of this machine";
    for (tools, patterns) in [
        (r#"["read_file", "read_many_files", "grep_search", "glob", "list_directory"]"#, &*wanted.denied),
        (r#"["write_file", "replace"]"#, &*[&*wanted.denied, &*wanted.protected].concat()),
    ] {
        for pattern in patterns.iter().filter(|it| !it.except).map(FilePattern::quoted_regex).filter(|it| is_taken(it))
        {
            let pattern = Value::from(pattern);
            writeln!(
                out,
                "\n[[rule]]\ntoolName = {tools}\nargsPattern = {pattern}\ndecision = \"deny\"\npriority = 999\ndenyMessage = \"{said}\""
            )
            .ok();
        }
    }
    for (commands, decision, priority) in
        [(&wanted.denied_commands, "deny", 999), (&wanted.asked_commands, "ask_user", 998)]
    {
        for pattern in commands.iter().map(CommandPattern::quoted_regex).filter(|it| is_taken(it)) {
            let pattern = Value::from(pattern);
            writeln!(
                out,
                "\n[[rule]]\ntoolName = \"run_shell_command\"\ncommandRegex = {pattern}\ndecision = \"{decision}\"\npriority = {priority}\ndenyMessage = \"{said}\""
            )
            .ok();
        }
    }
    for name in plain(&wanted.servers.denied) {
        let name = Value::from(name);
        writeln!(out, "\n[[rule]]\ntoolName = \"*\"\nmcpName = {name}\ndecision = \"deny\"\npriority = 999\ndenyMessage = \"{said}\"")
            .ok();
    }
    (out.len() > empty).then_some(out)
}
