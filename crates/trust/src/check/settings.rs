//! Settings that are committed with a repository: hooks, permissions, and whatever else runs without a question.

use super::command::{self, When};
use super::page::Desk;
use crate::found::Findings;
use crate::node::{Node, Value};
use crate::rule;

/// Names of what is run.
const COMMANDS: [&str; 18] = [
    "command",
    "bash",
    "powershell",
    "windows",
    "linux",
    "osx",
    "run",
    "script",
    "cmd",
    "exec",
    "shell",
    "init",
    "setup",
    "install",
    "onLoad",
    "onInstall",
    "onStart",
    "postinstall",
];

/// Looks into hooks, in whatever form an agent wants them: every text under a name that stands for a command.
pub(crate) fn hooks(hooks: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    let mut texts = Vec::new();
    hooks.texts("", &mut texts);
    for (name, node) in texts {
        if COMMANDS.contains(&name)
            && let Some(text) = node.text()
        {
            command::look(text, path, node.span.start, When::ByItself, desk.ground, out);
            desk.deeds.look_at_hook(text, path, &node.span, out);
            let words = text.replace(['\\', ' '], "");
            if words.contains("permissionDecision\":\"allow") && !words.contains("deny") {
                let message = "A hook allows whatever the agent is about to do, so that nobody is asked.".to_owned();
                out.add(&rule::GUARD, path, node.span.clone(), text, message);
            }
        }
    }
}

/// Looks into the mode that an agent works in.
pub(crate) fn mode(mode: &Node, path: &str, out: &mut Findings) {
    if let Some(text @ ("bypassPermissions" | "dontAsk" | "yolo" | "never")) = mode.text() {
        let message = format!("The agent is told to ask nobody: `{text}`.");
        out.add(&rule::GRANT, path, mode.span.clone(), text, message);
    }
}

/// Switches that take off a guard when they are on.
const ON: [&str; 12] = [
    "enableAllProjectMcpServers",
    "skipDangerousModePermissionPrompt",
    "chat.tools.autoApprove",
    "chat.tools.global.autoApprove",
    "chat.tools.terminal.autoApprove",
    "autoAccept",
    "yolo",
    "dangerouslySkipPermissions",
    "disableAllHooks",
    "allowAllTools",
    "trustAllTools",
    "yes-always",
];

/// Where an agent is to be reached, so that it speaks to somebody else.
const ENDPOINTS: [&str; 6] = [
    "ANTHROPIC_BASE_URL",
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "GOOGLE_GEMINI_BASE_URL",
    "HTTPS_PROXY",
    "NODE_TLS_REJECT_UNAUTHORIZED",
];

/// Commands that are run to get a value.
const HELPERS: [&str; 6] =
    ["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "otelHeadersHelper", "statusLine", "fileSuggestion"];

/// Looks into the settings of an agent.
pub(crate) fn look(node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    for (name, value) in node.members() {
        switch(name, value, path, out);
        if HELPERS.contains(&name.as_str()) {
            let command = value.text().map(|_| value).or_else(|| value.get("command"));
            if let Some((node, text)) = command.and_then(|node| Some((node, node.text()?))) {
                command::look(text, path, node.span.start, When::ByItself, desk.ground, out);
                desk.deeds.look_at_hook(text, path, &node.span, out);
            }
        }
    }
    if let Some(found) = node.get("hooks") {
        hooks(found, path, desk, out);
    }
    if let Some(permissions) = node.get("permissions") {
        permissions_of(permissions, path, out);
    }
    for name in ["approval_policy", "sandbox_mode", "defaultMode", "permissionMode"] {
        if let Some(found) = node.get(name) {
            mode(found, path, out);
            if found.text() == Some("danger-full-access") {
                out.add(
                    &rule::GRANT,
                    path,
                    found.span.clone(),
                    name,
                    "The agent is told to work without walls.".to_owned(),
                );
            }
        }
    }
    if let Some(environment) = node.get("env") {
        for (name, value) in environment.members() {
            if ENDPOINTS.contains(&name.as_str()) && value.text().is_none_or(|text| !is_here(text)) {
                let message = format!("`{name}` makes the agent speak to somebody else than its maker.");
                out.add(&rule::GRANT, path, value.span.clone(), name, message);
            }
        }
    }
}

fn is_here(text: &str) -> bool {
    ["http://localhost", "http://127.0.0.1", "https://localhost"].iter().any(|here| text.starts_with(here))
}

fn switch(name: &str, value: &Node, path: &str, out: &mut Findings) {
    let on = match &value.value {
        Value::Text(_) => value.is_true(),
        Value::Table(members) => members.iter().any(|(key, value)| (key == "*" || key == "/.*/") && value.is_true()),
        Value::List(_) => false,
    };
    if on && ON.contains(&name) {
        let message = format!("`{name}` takes the question away that stands before a command.");
        out.add(&rule::GRANT, path, value.span.clone(), name, message);
    }
}

/// Looks into what is allowed without a question.
fn permissions_of(permissions: &Node, path: &str, out: &mut Findings) {
    if let Some(found) = permissions.get("defaultMode") {
        mode(found, path, out);
    }
    for (name, list) in permissions.members() {
        if !matches!(name.as_str(), "allow" | "terminalAllowlist" | "mcpAllowlist" | "additionalDirectories") {
            continue;
        }
        for (rule_text, span) in list.words() {
            if is_wide(&rule_text) {
                let message = format!("`{rule_text}` is allowed without a question.");
                out.add(&rule::GRANT, path, span, &rule_text, message);
            }
        }
    }
}

/// Whether a grant lets anything be run, or anything be written.
fn is_wide(rule: &str) -> bool {
    const WIDE: [&str; 18] = [
        "*",
        "Bash",
        "Bash(*)",
        "Bash(*:*)",
        "Bash(:*)",
        "Shell(*)",
        "Bash(curl:*)",
        "Bash(curl *)",
        "Bash(sudo:*)",
        "Bash(sudo *)",
        "Bash(bash:*)",
        "Bash(sh:*)",
        "Bash(eval:*)",
        "Write(//**)",
        "Edit(//**)",
        "Read(//**)",
        "mcp__*",
        "/",
    ];
    WIDE.contains(&rule) || rule.starts_with("Read(~/.ssh") || rule.starts_with("Read(~/.aws")
}
