//! GitHub Copilot's command line.
//!
//! What it may run and read is said by options when it starts and by hooks, not by settings; what an organisation excludes from
//! content it does not obey.

use super::claude_code::is_name;
use crate::{Book, Change, Format, Place, Setting, Tool, standards};
use serde_json::Value;

static BOOK: Book = Book {
    tool: Tool::Copilot,
    title: "settings",
    format: Format::Jsonc,
    places: &[
        Place::local(".github/copilot/settings.local.json"),
        Place::project(".github/copilot/settings.json"),
        Place::below("COPILOT_HOME", ".copilot", "settings.json"),
    ],
};

static MEMORY: Book = Book {
    tool: Tool::Copilot,
    title: "instructions",
    format: Format::Prose,
    places: &[
        Place::project(".github/copilot-instructions.md"),
        Place::below("COPILOT_HOME", ".copilot", "copilot-instructions.md"),
    ],
};

const OPTIONS: &str = "an option when it starts says something else: `--allow-all`, `--yolo`, `--mode`";

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "copilot-cli.deny-hosts",
        &BOOK,
        &["deniedUrls"],
        "its tools for pages, and addresses in commands, going to the hosts that policy denies",
        |wanted, _| {
            let names = wanted.denied_hosts.iter().filter(|host| is_name(host));
            Change::holds(names.flat_map(|host| [format!("https://{host}"), format!("http://{host}")]))
        },
    )
    .limits(&["ranges of addresses can't be said there", "a program that a command starts goes anywhere"]),
    Setting::new(
        "copilot-cli.allow-hosts",
        &BOOK,
        &["allowedUrls"],
        "hosts that policy does not name being fetched without a question",
        |wanted, _| {
            let names = wanted.hosts.iter().filter(|host| is_name(host));
            wanted.only_hosts.then(|| Change::AtMost(names.map(|host| Value::from(host.as_str())).collect()))
        },
    )
    .limits(&["it asks about others, it does not deny them", OPTIONS]),
    Setting::new(
        "copilot-cli.questions",
        &BOOK,
        &["defaultPermissionMode"],
        "sessions beginning in a mode in which a model, or nobody, is asked",
        |_, _| Some(Change::is("manual")),
    )
    .limits(&[OPTIONS]),
    Setting::new(
        "copilot-cli.mode",
        &BOOK,
        &["defaultMode"],
        "sessions beginning in a mode that goes on by itself",
        |_, _| Some(Change::at_least("interactive", &["plan"])),
    )
    .limits(&[OPTIONS]),
    Setting::new(
        "copilot-cli.hooks-on",
        &BOOK,
        &["disableAllHooks"],
        "hooks being switched off, ours among them",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "copilot-cli.no-shell-start",
        &BOOK,
        &["bashEnv"],
        "a file that a variable names being run before each command",
        |_, _| Some(Change::is(false)),
    )
    .limits(&["an option when it starts switches it on and keeps that"]),
    Setting::new(
        "copilot-cli.ignored",
        &BOOK,
        &["respectGitignore"],
        "files that git ignores, such as those of secrets, being offered to be mentioned",
        |_, _| Some(Change::is(true)),
    )
    .limits(&["its tools open them all the same"]),
    Setting::new(
        "copilot-cli.updates",
        &BOOK,
        &["autoUpdate"],
        "another version starting than the one that was looked at",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "copilot-cli.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .limits(&[
        "files that an organisation excludes are read by the command line, the cloud agent and the editor's agent all the same",
    ])
    .asked(),
];
