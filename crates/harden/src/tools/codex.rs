//! Codex CLI.
//!
//! What a user sets are defaults that the next option on the command line changes; `requirements.toml` is what nobody can change.
//! Its own sandbox is what holds: rules about commands match words.

use crate::pattern::{CommandPattern, FilePattern};
use crate::standards;
use crate::{Book, Change, Format, Place, Setting, Tool, Wanted};
use serde_json::{Value, json};
use std::fmt::Write as _;

static CONFIG: Book = Book {
    tool: Tool::Codex,
    title: "configuration",
    format: Format::Toml,
    places: &[
        Place::managed(
            "etc/codex/managed_config.toml",
            "etc/codex/managed_config.toml",
            "%USERPROFILE%\\.codex\\managed_config.toml",
        ),
        Place::project(".codex/config.toml"),
        Place::below("CODEX_HOME", ".codex", "config.toml"),
    ],
};

static REQUIREMENTS: Book = Book {
    tool: Tool::Codex,
    title: "requirements",
    format: Format::Toml,
    places: &[Place::managed(
        "etc/codex/requirements.toml",
        "etc/codex/requirements.toml",
        "C:\\ProgramData\\OpenAI\\Codex\\requirements.toml",
    )],
};

static RULES: Book = Book {
    tool: Tool::Codex,
    title: "rules",
    format: Format::Own,
    places: &[
        Place::project(".codex/rules/portcullis.rules"),
        Place::below("CODEX_HOME", ".codex", "rules/portcullis.rules"),
    ],
};

static MEMORY: Book = Book {
    tool: Tool::Codex,
    title: "instructions",
    format: Format::Prose,
    places: &[Place::project("AGENTS.md"), Place::below("CODEX_HOME", ".codex", "AGENTS.md")],
};

const OPTIONS: &str =
    "an option on the command line says something else; only requirements of the machine are above those";
const TRUSTED: &str = "of a repository it is read once that is trusted";
const WORDS: &str =
    "rules match words in their order: `git -C . push`, `env sudo` or another path to the program gets past";
const SANDBOX: &str = "it is held where a command runs in the tool's sandbox, which `danger-full-access` switches off";

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "codex.approvals",
        &CONFIG,
        &["approval_policy"],
        "commands running outside of its sandbox without a yes",
        |_, _| Some(Change::at_least("on-request", &["untrusted", "never"])),
    )
    .limits(&[OPTIONS, TRUSTED]),
    Setting::new("codex.sandbox", &CONFIG, &["sandbox_mode"], "commands writing outside of the project", |_, _| {
        Some(Change::at_least("workspace-write", &["read-only"]))
    })
    .limits(&[OPTIONS, TRUSTED]),
    Setting::new(
        "codex.no-network",
        &CONFIG,
        &["sandbox_workspace_write", "network_access"],
        "commands in its sandbox reaching any host",
        |_, _| Some(Change::is(false)),
    )
    .limits(&[OPTIONS]),
    Setting::new(
        "codex.environment",
        &CONFIG,
        &["shell_environment_policy", "inherit"],
        "everything in the environment being handed to commands",
        |_, _| Some(Change::at_least("core", &["none"])),
    )
    .limits(&[OPTIONS]),
    Setting::new(
        "codex.keys-stay",
        &CONFIG,
        &["shell_environment_policy", "ignore_default_excludes"],
        "variables with KEY, SECRET or TOKEN in their names being handed to commands",
        |_, _| Some(Change::is(false)),
    )
    .limits(&[OPTIONS]),
    Setting::new(
        "codex.telemetry",
        &CONFIG,
        &["analytics", "enabled"],
        "figures about use going to its maker",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "codex.feedback",
        &CONFIG,
        &["feedback", "enabled"],
        "conversations being sent to its maker with a report",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "codex.prompts-unlogged",
        &CONFIG,
        &["otel", "log_user_prompt"],
        "prompts being exported with traces",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "codex.deny-servers",
        &CONFIG,
        &["mcp_servers"],
        "the MCP servers that policy denies, where they are configured",
        |wanted, _| {
            let of = wanted.servers.denied.clone();
            (!of.is_empty()).then(|| Change::Within { of, member: "enabled".to_owned(), value: json!(false) })
        },
    )
    .limits(&["a name is what its user gives", "one that is configured later is not switched off"]),
    Setting::new(
        "codex.rules",
        &RULES,
        &[],
        "the commands that policy denies, and those that it asks about without a yes",
        |wanted, _| rules(wanted).map(Change::Whole),
    )
    .limits(&[WORDS, TRUSTED]),
    Setting::new(
        "codex.require-approvals",
        &REQUIREMENTS,
        &["allowed_approval_policies"],
        "anybody choosing to be asked less",
        |_, _| Some(Change::AtMost(vec![json!("untrusted"), json!("on-request")])),
    ),
    Setting::new(
        "codex.require-sandbox",
        &REQUIREMENTS,
        &["allowed_sandbox_modes"],
        "anybody switching its sandbox off",
        |_, _| Some(Change::AtMost(vec![json!("read-only"), json!("workspace-write")])),
    ),
    Setting::new(
        "codex.no-remote-control",
        &REQUIREMENTS,
        &["allow_remote_control"],
        "sessions being steered from elsewhere",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "codex.deny-reads",
        &REQUIREMENTS,
        &["permissions", "filesystem", "deny_read"],
        "commands reading the files that policy denies",
        |wanted, _| {
            let paths = wanted.denied.iter().filter(|it| !it.except).filter_map(FilePattern::expanded);
            Change::holds(paths)
        },
    )
    .limits(&[
        SANDBOX,
        "what policy means in any folder, such as `.env`, can't be said: it looks for each file before each command, and runs none if a folder goes meanwhile",
    ]),
    Setting::new(
        "codex.require-servers",
        &REQUIREMENTS,
        &["mcp_servers"],
        "every MCP server, where policy approves none",
        |wanted, _| {
            let none = wanted.servers.only.as_ref().is_some_and(Vec::is_empty);
            none.then(|| Change::is(json!({})))
        },
    )
    .limits(&[
        "servers that policy approves must be named there with their program or address, which a policy does not hold",
    ]),
    Setting::new(
        "codex.require-rules",
        &REQUIREMENTS,
        &["rules", "prefix_rules"],
        "the commands that policy denies, and those that it asks about without a yes",
        |wanted, _| Change::holds(prefixes(wanted)),
    )
    .limits(&[WORDS]),
    Setting::new(
        "codex.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .asked(),
];

const REASON: &str = "policy of this machine";

/// Commands that can be said as words, each with what becomes of them.
fn words(wanted: &Wanted) -> impl Iterator<Item = (&[String], &'static str)> {
    let denied = wanted.denied_commands.iter().filter_map(CommandPattern::words).map(|words| (words, "forbidden"));
    denied.chain(wanted.asked_commands.iter().filter_map(CommandPattern::words).map(|words| (words, "prompt")))
}

/// The file of rules, each with an example that the tool itself checks when it reads them.
fn rules(wanted: &Wanted) -> Option<String> {
    let mut out = "# Written by `portcullis harden`; what you change here is lost.\n".to_owned();
    let mut some = false;
    for (words, decision) in words(wanted) {
        let pattern = Value::from(words).to_string();
        let example = Value::from(words.join(" "));
        // A text never fails to be written to.
        writeln!(
            out,
            "prefix_rule(pattern = {pattern}, decision = \"{decision}\", justification = \"{REASON}\", match = [{example}])"
        )
        .ok();
        some = true;
    }
    some.then_some(out)
}

fn prefixes(wanted: &Wanted) -> Vec<Value> {
    let rule = |(words, decision): (&[String], &str)| {
        let pattern: Vec<Value> = words.iter().map(|word| json!({ "token": word })).collect();
        json!({ "pattern": pattern, "decision": decision, "justification": REASON })
    };
    words(wanted).map(rule).collect()
}
