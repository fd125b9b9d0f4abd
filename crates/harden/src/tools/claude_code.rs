//! Claude Code.
//!
//! Its settings are JSON in several files; lists in them are put together, and of single values the first file's counts. A rule
//! about reading is obeyed by its own tools for files; what a command opens is held by its sandbox, and by ours.

use crate::pattern::{CommandPattern, FilePattern};

use crate::standards;
use crate::{Book, Change, Format, Place, Scope, Setting, Tool, Wanted};
use serde_json::{Value, json};

pub(super) static BOOK: Book = Book {
    tool: Tool::ClaudeCode,
    title: "settings",
    format: Format::Json,
    places: &[
        Place::managed(
            "etc/claude-code/managed-settings.json",
            "Library/Application Support/ClaudeCode/managed-settings.json",
            "C:\\Program Files\\ClaudeCode\\managed-settings.json",
        ),
        Place::local(".claude/settings.local.json"),
        Place::project(".claude/settings.json"),
        Place::below("CLAUDE_CONFIG_DIR", ".claude", "settings.json"),
    ],
};

static MEMORY: Book = Book {
    tool: Tool::ClaudeCode,
    title: "instructions",
    format: Format::Prose,
    places: &[
        Place::managed(
            "etc/claude-code/CLAUDE.md",
            "Library/Application Support/ClaudeCode/CLAUDE.md",
            "C:\\Program Files\\ClaudeCode\\CLAUDE.md",
        ),
        Place::project("CLAUDE.md"),
        Place::below("CLAUDE_CONFIG_DIR", ".claude", "CLAUDE.md"),
    ],
};

const MANAGED: &[Scope] = &[Scope::Managed];
/// It is not read in settings of a repository.
const OWN: &[Scope] = &[Scope::Managed, Scope::User];

const WITHIN: &str = "it can't be raised within another sandbox that forbids namespaces; that one stands instead";

const OPENED_BY_COMMANDS: &str = "a program that a command starts can open the file all the same, unless the sandbox of the tool or `portcullis run` is around it";
const TOKENS: &str = "rules about commands match their words, not what they do: `sh -c`, a script or another path to the same program gets past";
const BARE: &str = "`--settings` and `--bare` on the command line change what is read; only the machine's own settings are above those";

pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(
        "claude-code.deny-reads",
        &BOOK,
        &["permissions", "deny"],
        "its tools reading and searching the files that policy denies, and `@file` in a prompt",
        |wanted, _| Change::holds(rules("Read", &wanted.denied)),
    )
    .limits(&[OPENED_BY_COMMANDS, BARE]),
    Setting::new(
        "claude-code.deny-edits",
        &BOOK,
        &["permissions", "deny"],
        "its tools changing the files that policy denies or protects",
        |wanted, _| Change::holds(rules("Edit", &[&*wanted.protected, &*wanted.denied].concat())),
    )
    .limits(&[OPENED_BY_COMMANDS, BARE]),
    Setting::new(
        "claude-code.deny-commands",
        &BOOK,
        &["permissions", "deny"],
        "the commands that policy denies",
        |wanted, _| Change::holds(wanted.denied_commands.iter().flat_map(CommandPattern::claude)),
    )
    .limits(&[TOKENS, BARE]),
    Setting::new(
        "claude-code.ask-commands",
        &BOOK,
        &["permissions", "ask"],
        "the commands that policy asks about, without a person's yes",
        |wanted, _| Change::holds(wanted.asked_commands.iter().flat_map(CommandPattern::claude)),
    )
    .limits(&[TOKENS, BARE]),
    Setting::new(
        "claude-code.deny-fetches",
        &BOOK,
        &["permissions", "deny"],
        "its own tool for web pages going to the hosts that policy denies",
        |wanted, _| Change::holds(names(&wanted.denied_hosts).map(|host| format!("WebFetch(domain:{host})"))),
    )
    .limits(&["ranges of addresses can't be said there; commands have another way out"]),
    Setting::new(
        "claude-code.no-bypass",
        &BOOK,
        &["permissions", "disableBypassPermissionsMode"],
        "the mode and the option that skip every question",
        |_, _| Some(Change::is("disable")),
    )
    .limits(&[BARE]),
    Setting::new(
        "claude-code.no-auto-mode",
        &BOOK,
        &["permissions", "disableAutoMode"],
        "the mode in which a model answers instead of a person",
        |_, _| Some(Change::is("disable")),
    )
    .limits(&[BARE]),
    Setting::new(
        "claude-code.no-skipped-warning",
        &BOOK,
        &["skipDangerousModePermissionPrompt"],
        "the mode without questions being entered without a warning",
        |_, _| Some(Change::is(false)),
    )
    .only(OWN),
    Setting::new(
        "claude-code.hooks-on",
        &BOOK,
        &["disableAllHooks"],
        "hooks being switched off, ours among them",
        |_, _| Some(Change::is(false)),
    )
    .limits(&[BARE]),
    Setting::new(
        "claude-code.sandbox",
        &BOOK,
        &["sandbox", "enabled"],
        "commands reading what rules about reading deny, and writing outside of the project",
        |_, _| Some(Change::is(true)),
    )
    .limits(&["without bubblewrap and socat it warns and goes on without, unless it is told not to", WITHIN]),
    Setting::new(
        "claude-code.sandbox-without-escape",
        &BOOK,
        &["sandbox", "allowUnsandboxedCommands"],
        "the model asking for a command to be run outside of the tool's sandbox",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "claude-code.sandbox-required",
        &BOOK,
        &["sandbox", "failIfUnavailable"],
        "going on without a sandbox where there can be none",
        |_, _| Some(Change::is(true)),
    )
    .only(MANAGED),
    Setting::new(
        "claude-code.deny-hosts",
        &BOOK,
        &["sandbox", "network", "deniedDomains"],
        "commands in its sandbox reaching the hosts that policy denies",
        |wanted, _| Change::holds(names(&wanted.denied_hosts)),
    )
    .limits(&["ranges of addresses can't be said there"]),
    Setting::new(
        "claude-code.allow-hosts",
        &BOOK,
        &["sandbox", "network", "allowedDomains"],
        "commands in its sandbox reaching hosts that policy does not name",
        |wanted, _| wanted.only_hosts.then(|| Change::AtMost(names(&wanted.hosts).map(Value::from).collect())),
    ),
    Setting::new(
        "claude-code.hosts-unasked",
        &BOOK,
        &["sandbox", "network", "strictAllowlist"],
        "a person being asked about hosts that policy denies",
        |wanted, _| wanted.only_hosts.then(|| Change::is(true)),
    ),
    Setting::new(
        "claude-code.hosts-of-the-machine",
        &BOOK,
        &["sandbox", "network", "allowManagedDomainsOnly"],
        "users and repositories adding hosts",
        |wanted, _| wanted.only_hosts.then(|| Change::is(true)),
    )
    .only(MANAGED),
    Setting::new(
        "claude-code.servers-of-projects",
        &BOOK,
        &["enableAllProjectMcpServers"],
        "MCP servers of a repository starting without a yes",
        |_, _| Some(Change::is(false)),
    ),
    Setting::new(
        "claude-code.deny-servers",
        &BOOK,
        &["deniedMcpServers"],
        "the MCP servers that policy denies being added or started",
        |wanted, _| Change::holds(servers(&wanted.servers.denied)),
    )
    .limits(&[
        "a name is what its user gives: the same server under another name passes, unless only named ones may start",
    ]),
    Setting::new(
        "claude-code.allow-servers",
        &BOOK,
        &["allowedMcpServers"],
        "MCP servers that policy does not name",
        |wanted, _| wanted.servers.only.as_ref().map(|only| Change::AtMost(servers(only))),
    )
    .limits(&["a name is what its user gives"]),
    Setting::new(
        "claude-code.servers-of-the-machine",
        &BOOK,
        &["allowManagedMcpServersOnly"],
        "users and repositories adding to the list of MCP servers",
        |wanted, _| wanted.servers.only.as_ref().map(|_| Change::is(true)),
    )
    .only(MANAGED),
    Setting::new(
        "claude-code.no-sideloading",
        &BOOK,
        &["disableSideloadFlags"],
        "options on the command line that bring plugins, agents and servers from elsewhere",
        |_, _| Some(Change::is(true)),
    )
    .only(MANAGED),
    Setting::new(
        "claude-code.skills-run-nothing",
        &BOOK,
        &["disableSkillShellExecution"],
        "skills and commands of others running programs while they are read",
        |_, _| Some(Change::is(true)),
    )
    .only(MANAGED),
    Setting::new(
        "claude-code.telemetry",
        &BOOK,
        &["env", "DISABLE_TELEMETRY"],
        "figures about use going to its maker",
        |_, _| Some(Change::is("1")),
    ),
    Setting::new(
        "claude-code.error-reports",
        &BOOK,
        &["env", "DISABLE_ERROR_REPORTING"],
        "reports of errors going to its maker",
        |_, _| Some(Change::is("1")),
    ),
    Setting::new(
        "claude-code.feedback",
        &BOOK,
        &["env", "DISABLE_FEEDBACK_COMMAND"],
        "conversations being sent to its maker with a report",
        |_, _| Some(Change::is("1")),
    ),
    Setting::new(
        "claude-code.surveys",
        &BOOK,
        &["env", "CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY"],
        "questions whose answers take the conversation along",
        |_, _| Some(Change::is("1")),
    ),
    Setting::new(
        "claude-code.keys-stay",
        &BOOK,
        &["env", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB"],
        "its own keys being handed to commands, hooks and servers",
        |_, _| Some(Change::is("1")),
    )
    .limits(&["other secrets in the environment are handed on"]),
    Setting::new(
        "claude-code.models",
        &BOOK,
        &["availableModels"],
        "models that policy does not approve",
        |wanted, _| models(wanted).map(Change::AtMost),
    )
    .limits(&["a key for another endpoint asks that one for whatever it has"]),
    Setting::new(
        "claude-code.models-by-default",
        &BOOK,
        &["enforceAvailableModels"],
        "the default going to a model that is not approved",
        |wanted, _| models(wanted).map(|_| Change::is(true)),
    ),
    Setting::new(
        "claude-code.history",
        &BOOK,
        &["cleanupPeriodDays"],
        "conversations being kept for longer than policy keeps them",
        |wanted, _| wanted.days.map(|days| Change::Limit(days.max(1))),
    ),
    Setting::new(
        "claude-code.instructions",
        &MEMORY,
        &[],
        "nothing; it tells the model what holds and how code is written here",
        |wanted, _| standards::block(wanted),
    )
    .asked(),
];

fn rules(tool: &str, patterns: &[FilePattern]) -> Vec<Value> {
    // There are no exceptions from a rule that denies, so what a policy excepts is denied as well.
    patterns.iter().filter(|it| !it.except).map(|it| json!(format!("{tool}({})", it.claude()))).collect()
}

/// Names of hosts; neither ranges nor ports are known there.
fn names(hosts: &[String]) -> impl Iterator<Item = &str> {
    hosts.iter().map(String::as_str).filter(|host| is_name(host))
}

/// Whether an entry is the name of a host, and not an address, a range, a port or a word of the policy.
pub(super) fn is_name(host: &str) -> bool {
    let is_plain = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*'));
    is_plain && host.contains('.') && host.chars().any(|c| c.is_ascii_alphabetic())
}

fn servers(names: &[String]) -> Vec<Value> {
    let plain = names.iter().filter(|name| !name.contains('*'));
    plain.map(|name| json!({ "serverName": name })).collect()
}

/// The approved models of its maker; nothing if all of them are.
fn models(wanted: &Wanted) -> Option<Vec<Value>> {
    let own: Vec<&str> = wanted.models.iter().filter_map(|model| model.strip_prefix("anthropic/")).collect();
    let open = own.is_empty() || own.iter().any(|model| model.contains('*'));
    (!open).then(|| own.into_iter().map(Value::from).collect())
}
