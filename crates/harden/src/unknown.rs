//! Settings that do nothing: names that tools do not know, and that they pass over without a word. Guides print some that never
//! existed; others are a letter away from a real one. Whoever has written such a line believes in a protection that is not there.

use crate::edit::Text;
use crate::proof::{Content, File};
use crate::{Book, Tool, settings};
use serde_json::Value;
use std::collections::BTreeSet;

/// A setting that does nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// The file.
    pub path: String,
    /// The name.
    pub key: String,
    /// What to write instead.
    pub instead: String,
}

/// Names that are known to do nothing, and what was meant. A name stands at the top, or behind that of its object.
const IGNORED: &[(Tool, &str, &str)] = &[
    (Tool::ClaudeCode, "allowed_tools", "permissions.allow"),
    (Tool::ClaudeCode, "allowedTools", "permissions.allow"),
    (Tool::ClaudeCode, "blocked_tools", "permissions.deny"),
    (Tool::ClaudeCode, "disallowedTools", "permissions.deny"),
    (Tool::ClaudeCode, "denied_tools", "permissions.deny"),
    (Tool::ClaudeCode, "ignorePatterns", "permissions.deny with Read(…)"),
    (Tool::ClaudeCode, "blocked_paths", "permissions.deny with Read(…)"),
    (Tool::ClaudeCode, "excluded_files", "permissions.deny with Read(…)"),
    (Tool::ClaudeCode, "sandbox_mode", "sandbox.enabled"),
    (Tool::ClaudeCode, "sandboxMode", "sandbox.enabled"),
    (Tool::ClaudeCode, "audit_logging", "env.CLAUDE_CODE_ENABLE_TELEMETRY with your own collector, and our ledger"),
    (Tool::ClaudeCode, "auditLogging", "env.CLAUDE_CODE_ENABLE_TELEMETRY with your own collector, and our ledger"),
    (Tool::ClaudeCode, "audit_log", "env.CLAUDE_CODE_ENABLE_TELEMETRY with your own collector, and our ledger"),
    (Tool::ClaudeCode, "network_boundary", "sandbox.network.allowedDomains"),
    (Tool::ClaudeCode, "network_access", "sandbox.network.allowedDomains"),
    (Tool::ClaudeCode, "telemetry", "env.DISABLE_TELEMETRY"),
    (Tool::ClaudeCode, "telemetry_enabled", "env.DISABLE_TELEMETRY"),
    (Tool::ClaudeCode, "require_approval", "permissions.ask"),
    (Tool::ClaudeCode, "max_tokens", "env.CLAUDE_CODE_MAX_OUTPUT_TOKENS"),
    (Tool::ClaudeCode, "env.ANTHROPIC_NETWORK_BOUNDARY", "sandbox.network.allowedDomains"),
    (Tool::ClaudeCode, "env.CLAUDE_SANDBOX", "sandbox.enabled"),
    (Tool::ClaudeCode, "env.CLAUDE_TELEMETRY", "env.DISABLE_TELEMETRY"),
    (Tool::Codex, "approval_mode", "approval_policy"),
    (Tool::Codex, "sandbox", "sandbox_mode"),
    (Tool::Codex, "network_access", "sandbox_workspace_write.network_access"),
    (Tool::Codex, "full_auto", "approval_policy and sandbox_mode"),
    (Tool::Codex, "telemetry", "analytics.enabled"),
    (Tool::Codex, "disable_telemetry", "analytics.enabled"),
    (Tool::Codex, "ignore_files", "permissions.filesystem.deny_read in requirements.toml"),
    (Tool::Gemini, "disableYoloMode", "security.disableYoloMode"),
    (Tool::Gemini, "yolo", "security.disableYoloMode"),
    (Tool::Gemini, "sandbox", "tools.sandbox"),
    (Tool::Gemini, "usageStatisticsEnabled", "privacy.usageStatisticsEnabled"),
    (Tool::Gemini, "excludeTools", "tools.exclude"),
    (Tool::Gemini, "coreTools", "tools.core"),
    (Tool::Gemini, "telemetry.disabled", "telemetry.enabled"),
    (Tool::Cursor, "privacyMode", "privacy mode in the dashboard"),
    (Tool::Cursor, "cursor.privacyMode", "privacy mode in the dashboard"),
    (Tool::OpenCode, "permissions", "permission"),
    (Tool::OpenCode, "telemetry", "nothing: it has none"),
    (Tool::OpenCode, "sandbox", "nothing: it has none; portcullis run is one"),
    (Tool::Aider, "no-analytics", "analytics-disable"),
    (Tool::Goose, "GOOSE_APPROVAL_MODE", "GOOSE_MODE"),
    (Tool::Goose, "goose_mode", "GOOSE_MODE"),
];

/// The settings in the files of a book that do nothing.
pub fn doubts(book: &Book, files: &[File]) -> Vec<Doubt> {
    let known = real(book);
    let mut out = Vec::new();
    for file in files {
        let Content::Text(text) = &file.content else { continue };
        let Ok(Some(document)) = Text::read(book.format, text) else { continue };
        let Ok(whole) = document.whole() else { continue };
        for key in keys(&whole) {
            let listed = IGNORED.iter().find(|(tool, name, _)| *tool == book.tool && *name == key);
            let instead = listed.map(|(_, _, instead)| (*instead).to_owned()).or_else(|| near(&key, &known));
            out.extend(instead.map(|instead| Doubt { path: file.path.clone(), key, instead }));
        }
    }
    out.sort();
    out
}

/// The names that are known to be real: those of our own table, and what leads to them.
fn real(book: &Book) -> BTreeSet<String> {
    let ways = settings().filter(|it| it.book.tool == book.tool && it.book.format == book.format).map(|it| it.key);
    ways.flat_map(|way| (1..=way.len()).filter_map(|length| way.get(..length)).map(|way| way.join("."))).collect()
}

/// The names in a document, two levels deep.
fn keys(value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for (name, inner) in value.as_object().into_iter().flatten() {
        out.push(name.clone());
        out.extend(inner.as_object().into_iter().flatten().map(|(inner, _)| format!("{name}.{inner}")));
    }
    out
}

/// The real name that this one was meant to be, if it is one or two letters away from it.
fn near(key: &str, real: &BTreeSet<String>) -> Option<String> {
    if real.contains(key) || key.len() < 6 {
        return None;
    }
    let found =
        real.iter().find(|it| it.to_lowercase().replace(['_', '-'], "") == key.to_lowercase().replace(['_', '-'], ""));
    found.or_else(|| real.iter().find(|it| it.len() >= 8 && distance(it, key) <= 2)).cloned()
}

/// How many letters must be changed, added or taken away, up to three.
fn distance(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > 2 || other.len() > 128 {
        return 3;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        for ((same, above), c) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let left = next.last().copied().unwrap_or_default();
            next.push((same + usize::from(*c != letter)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Scope};

    fn found(tool: Tool, text: &str) -> Vec<(String, String)> {
        let setting = settings().find(|it| it.book.tool == tool && !it.key.is_empty()).unwrap();
        let place: &'static Place = setting.book.place(Scope::User).unwrap();
        let file = File { place, path: "f".to_owned(), content: Content::Text(text.to_owned()), open: false };
        doubts(setting.book, &[file]).into_iter().map(|it| (it.key, it.instead)).collect()
    }

    #[test]
    fn what_guides_print_and_nobody_reads_is_told() {
        let text = r#"{"sandbox_mode": true, "env": {"ANTHROPIC_NETWORK_BOUNDARY": "local", "DISABLE_TELEMETRY": "1"}, "model": "x"}"#;
        let keys: Vec<String> = found(Tool::ClaudeCode, text).into_iter().map(|it| it.0).collect();
        assert_eq!(keys, ["env.ANTHROPIC_NETWORK_BOUNDARY", "sandbox_mode"]);
        assert_eq!(found(Tool::Codex, "approval_mode = \"never\"\nmodel = \"x\"\n").len(), 1);
        assert_eq!(found(Tool::Goose, "goose_mode: auto\n").len(), 1);
    }

    #[test]
    fn what_is_a_letter_away_is_told_and_what_is_real_is_not() {
        let said = found(
            Tool::ClaudeCode,
            r#"{"permision": {}, "permissions": {"denny": []}, "enableAllProjectMcpServer": false}"#,
        );
        assert_eq!(said.len(), 3, "{said:?}");
        let real = r#"{"permissions": {"deny": [], "allow": [], "ask": []}, "sandbox": {"enabled": true, "network": {}}, "hooks": {}, "statusLine": {}}"#;
        assert_eq!(found(Tool::ClaudeCode, real), []);
    }
}
