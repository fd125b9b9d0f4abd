//! Other coding agents: started without their guards, they are a way around everything.

use super::Handler;
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

/// Options that take guards off, for each agent; a list for each, matched as whole words or `word=value`.
const OPTIONS: [(&str, &[&str]); 16] = [
    (
        "claude",
        &[
            "--dangerously-skip-permissions",
            "--allow-dangerously-skip-permissions",
            "--bare",
            "--safe-mode",
            "bypassPermissions",
            "--permission-mode=bypassPermissions",
            "--dangerously-load-development-channels",
        ],
    ),
    (
        "codex",
        &[
            "--dangerously-bypass-approvals-and-sandbox",
            "--yolo",
            "danger-full-access",
            "--sandbox=danger-full-access",
            "--ask-for-approval=never",
            "--dangerously-bypass-hook-trust",
            "--full-auto",
        ],
    ),
    ("gemini", &["--yolo", "-y", "--approval-mode=yolo", "yolo"]),
    ("qwen", &["--yolo", "-y", "--approval-mode=yolo", "yolo"]),
    ("copilot", &["--yolo", "--allow-all", "--allow-all-tools", "--allow-all-paths", "--allow-all-urls"]),
    ("opencode", &["--pure", "--dangerously-skip-permissions"]),
    ("cursor-agent", &["--force", "-f", "--yolo"]),
    ("amp", &["--dangerously-allow-all"]),
    ("aider", &["--yes-always", "--no-verify-ssl", "--yes"]),
    ("goose", &["--no-confirm"]),
    ("kiro-cli", &["--trust-all-tools", "-a"]),
    ("q", &["--trust-all-tools", "-a"]),
    ("droid", &["--skip-permissions-unsafe", "--auto=high"]),
    ("crush", &["--yolo", "-y"]),
    ("cline", &["--yolo", "-y", "--auto-approve"]),
    ("devin", &["--config", "--dangerously-skip-permissions", "--yolo"]),
];

/// Agents that are started by other names, too.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("claude-code", "claude"),
    ("agent", "cursor-agent"),
    ("cursor", "cursor-agent"),
    ("kiro", "kiro-cli"),
    ("auggie", "amp"),
    ("kilocode", "cline"),
    ("windsurf", "devin"),
    ("gemini-cli", "gemini"),
];

pub(super) fn handler(name: &str) -> Option<Handler> {
    options_of(name).map(|_| agent as Handler)
}

fn options_of(name: &str) -> Option<&'static [&'static str]> {
    let name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| name);
    OPTIONS.iter().find(|(agent, _)| *agent == name).map(|(_, options)| *options)
}

fn agent(machine: &mut Machine<'_>, call: &Call) -> Value {
    let name = call.name();
    let options = options_of(&name).unwrap_or_default();
    let args = call.args();
    for word in args {
        if options.iter().any(|option| word.is(option)) {
            machine.danger(Hazard::AgentBypass, format!("`{name}` is started with `{}`", word.shown()));
        }
    }
    let text = Value::join(args, " ").shown();
    let off = [
        "disableAllHooks",
        "--disable hooks",
        "approval_policy=never",
        "approval_policy=\"never\"",
        "sandbox_mode=danger",
        "sandbox_mode=\"danger",
        "features.hooks=false",
        "--disable=hooks",
        "-a never",
        "bypassPermissions",
    ];
    if off.iter().any(|part| text.contains(part)) {
        machine.danger(Hazard::AgentBypass, format!("`{name}` is started without its guards"));
    }
    let verbs: Vec<&str> =
        args.iter().filter(|word| !word.starts_with("-")).take(2).map(|word| word.text.as_str()).collect();
    match verbs.as_slice() {
        ["mcp", "add" | "add-json" | "install" | "remove"]
        | ["plugin" | "plugins" | "extensions" | "extension", "install" | "add" | "link"] => {
            machine.danger(Hazard::Persistence, format!("`{name}` gets another tool from now on"));
        }
        ["config", "set"] => machine.danger(Hazard::GuardTampering, format!("settings of `{name}` change")),
        _ => {}
    }
    Value::hole().tainted(crate::evaluate::Taint::FOREIGN)
}

/// What a variable does to an agent's guards, for a user with this home.
pub(super) fn variable(name: &str, value: &str, home: &str) -> Option<(&'static str, &'static str)> {
    let on = !matches!(value, "" | "0" | "false");
    let is_usual = |folder: &str| value.strip_prefix(home).is_some_and(|rest| rest.trim_end_matches('/') == folder);
    match name {
        "CODEX_HOME" if is_usual("/.codex") => None,
        "CLAUDE_CONFIG_DIR" if is_usual("/.claude") => None,
        "CODEX_HOME" => Some(("codex", "its settings come from elsewhere")),
        "CLAUDE_CONFIG_DIR" => Some(("claude", "its settings come from elsewhere")),
        "KIRO_HOME" => Some(("kiro", "its settings come from elsewhere")),
        "GEMINI_CLI_SYSTEM_SETTINGS_PATH" => Some(("gemini", "its settings come from elsewhere")),
        "GOOSE_MODE" if matches!(value, "auto" | "autonomous") => Some(("goose", "it acts without asking")),
        "PLUGINS" if value == "off" => Some(("amp", "its plugins are off")),
        "ANTHROPIC_BASE_URL" | "OPENAI_BASE_URL" | "OPENAI_API_BASE" => {
            Some(("an agent", "it talks to another host than it says"))
        }
        "GEMINI_YOLO" | "COPILOT_ALLOW_ALL" if on => Some(("an agent", "it acts without asking")),
        name if name.starts_with("PORTCULLIS_") => Some(("portcullis", "it is made to look elsewhere")),
        _ => None,
    }
}
