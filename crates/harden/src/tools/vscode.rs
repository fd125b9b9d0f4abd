//! Visual Studio Code and its agent.
//!
//! Names with dots in them are names, not ways. Settings of a repository count before the user's, once the repository is trusted.

use crate::pattern::{CommandPattern, FilePattern};
use crate::{Book, Change, Format, Place, Setting, Tool, Wanted};
use serde_json::{Value, json};

static BOOK: Book = Book {
    tool: Tool::VsCode,
    title: "settings",
    format: Format::Jsonc,
    places: &[
        Place::project(".vscode/settings.json"),
        Place::user(
            ".config/Code/User/settings.json",
            "Library/Application Support/Code/User/settings.json",
            "AppData\\Roaming\\Code\\User\\settings.json",
        ),
    ],
};

const PROFILES: &str = "other profiles of the editor have settings of their own";
const TEXT: &str = "a command is judged by its text; another way to write it gets past";

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "vscode.no-auto-approval",
        &BOOK,
        &["chat.tools.global.autoApprove"],
        "every tool running without a question",
        |_, _| Some(Change::is(false)),
    )
    .limits(&[PROFILES]),
    Setting::new(
        "vscode.commands-asked",
        &BOOK,
        &["chat.tools.terminal.autoApprove"],
        "the commands that policy denies or asks about running without a question",
        |wanted, _| Change::members(commands(wanted)),
    )
    .limits(&["it asks, it does not deny", TEXT, PROFILES]),
    Setting::new(
        "vscode.edits-asked",
        &BOOK,
        &["chat.tools.edits.autoApprove"],
        "the files that policy denies or protects being changed without a question",
        |wanted, _| Change::members(edits(wanted)),
    )
    .limits(&["it asks, it does not deny", "commands are not held by it", PROFILES]),
    Setting::new(
        "vscode.telemetry",
        &BOOK,
        &["telemetry.telemetryLevel"],
        "figures, errors and crashes going to its maker",
        |_, _| Some(Change::is("off")),
    )
    .limits(&["extensions may have reports of their own", PROFILES]),
    Setting::new(
        "vscode.feedback",
        &BOOK,
        &["telemetry.feedback.enabled"],
        "questions whose answers go to its maker",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "vscode.workspace-trust",
        &BOOK,
        &["security.workspace.trust.enabled"],
        "settings and tasks of a repository being read before that is trusted",
        |_, _| Some(Change::is(true)),
    )
    .limits(&[PROFILES]),
    Setting::new(
        "vscode.no-automatic-tasks",
        &BOOK,
        &["task.allowAutomaticTasks"],
        "tasks of a repository running when its folder is opened",
        |_, _| Some(Change::is("off")),
    )
    .limits(&[PROFILES]),
    Setting::new(
        "vscode.no-completions-in-secrets",
        &BOOK,
        &["github.copilot.enable"],
        "completions being asked for within files of secrets, whose text goes with the question",
        |_, _| Change::members(["dotenv", "properties", "ssh_config"].map(|it| (it.to_owned(), json!(false))).to_vec()),
    )
    .limits(&["the agent reads files all the same"]),
];

/// As the editor writes expressions: between slashes.
fn commands(wanted: &Wanted) -> Vec<(String, Value)> {
    let commands = wanted.denied_commands.iter().chain(&wanted.asked_commands);
    commands.map(|it| (format!("/(^|[\\s;&|(]){}/", CommandPattern::regex(it)), json!(false))).collect()
}

fn edits(wanted: &Wanted) -> Vec<(String, Value)> {
    let patterns = wanted.denied.iter().chain(&wanted.protected).filter(|it| !it.except);
    let globs = patterns.flat_map(|it| {
        let glob = FilePattern::glob(it);
        let start = if glob.starts_with(['*', '/', '~']) { "" } else { "**/" };
        [format!("{start}{glob}"), format!("{start}{glob}/**")]
    });
    globs.filter(|glob| !glob.starts_with('~')).map(|glob| (glob, json!(false))).collect()
}
