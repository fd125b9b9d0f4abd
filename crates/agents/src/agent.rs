//! The agents that have a hook.

/// A coding agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agent {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
    /// Cursor, the editor and its command line.
    Cursor,
    /// GitHub Copilot CLI, and Copilot's agent in the cloud.
    CopilotCli,
    /// The agent of Visual Studio Code.
    VsCode,
    /// Gemini CLI.
    Gemini,
    /// Windsurf, now also called Devin Desktop.
    Windsurf,
    /// Cline.
    Cline,
    /// Kiro, and Amazon Q's command line before it.
    Kiro,
    /// goose.
    Goose,
    /// opencode.
    OpenCode,
    /// Factory Droid.
    Droid,
    /// Devin's command line.
    Devin,
    /// Antigravity.
    Antigravity,
}

impl Agent {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::ClaudeCode,
        Self::Codex,
        Self::Cursor,
        Self::CopilotCli,
        Self::VsCode,
        Self::Gemini,
        Self::Windsurf,
        Self::Cline,
        Self::Kiro,
        Self::Goose,
        Self::OpenCode,
        Self::Droid,
        Self::Devin,
        Self::Antigravity,
    ];

    /// Its name, as policy and ledger use it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Cursor => "cursor",
            Self::CopilotCli => "copilot-cli",
            Self::VsCode => "vscode",
            Self::Gemini => "gemini-cli",
            Self::Windsurf => "windsurf",
            Self::Cline => "cline",
            Self::Kiro => "kiro",
            Self::Goose => "goose",
            Self::OpenCode => "opencode",
            Self::Droid => "droid",
            Self::Devin => "devin",
            Self::Antigravity => "antigravity",
        }
    }

    /// The agent of this name, or of one that it goes by as well.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|agent| agent.name() == name || agent.other_names().contains(&name))
    }

    /// Names that it goes by as well.
    pub const fn other_names(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => &["claude"],
            Self::Cursor => &["cursor-cli", "cursor-agent"],
            Self::CopilotCli => &["copilot"],
            Self::VsCode => &["vs-code", "vscode-agent"],
            Self::Gemini => &["gemini"],
            Self::Windsurf => &["cascade", "devin-desktop"],
            Self::Kiro => &["kiro-cli", "amazon-q", "q"],
            Self::Droid => &["factory", "factory-droid"],
            Self::Devin => &["devin-cli"],
            Self::Antigravity => &["agy"],
            Self::Codex | Self::Cline | Self::Goose | Self::OpenCode => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_is_that_of_two() {
        let names: Vec<&str> =
            Agent::ALL.iter().flat_map(|agent| agent.other_names().iter().copied().chain([agent.name()])).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| Agent::named(name).is_some()));
        assert_eq!(Agent::named("Claude"), None);
    }
}
