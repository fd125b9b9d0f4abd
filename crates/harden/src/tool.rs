//! The tools whose settings are known.

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Claude Code.
    ClaudeCode,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// GitHub Copilot CLI.
    Copilot,
    /// The agent of Visual Studio Code.
    VsCode,
    /// Cursor, the editor and its command line.
    Cursor,
    /// Windsurf.
    Windsurf,
    /// aider.
    Aider,
    /// Cline.
    Cline,
    /// Kiro, and Amazon Q before it.
    Kiro,
    /// goose.
    Goose,
    /// opencode.
    OpenCode,
    /// Gemini Code Assist, in the editors of `JetBrains` and Android Studio.
    CodeAssist,
    /// A server of models that is one's own.
    SelfHosted,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::ClaudeCode,
        Self::Codex,
        Self::Gemini,
        Self::Copilot,
        Self::VsCode,
        Self::Cursor,
        Self::Windsurf,
        Self::Aider,
        Self::Cline,
        Self::Kiro,
        Self::Goose,
        Self::OpenCode,
        Self::CodeAssist,
        Self::SelfHosted,
    ];

    /// Its name, as the command line uses it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Gemini => "gemini-cli",
            Self::Copilot => "copilot-cli",
            Self::VsCode => "vscode",
            Self::Cursor => "cursor",
            Self::Windsurf => "windsurf",
            Self::Aider => "aider",
            Self::Cline => "cline",
            Self::Kiro => "kiro",
            Self::Goose => "goose",
            Self::OpenCode => "opencode",
            Self::CodeAssist => "code-assist",
            Self::SelfHosted => "self-hosted",
        }
    }

    /// What its maker calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex CLI",
            Self::Gemini => "Gemini CLI",
            Self::Copilot => "GitHub Copilot CLI",
            Self::VsCode => "Visual Studio Code",
            Self::Cursor => "Cursor",
            Self::Windsurf => "Windsurf",
            Self::Aider => "aider",
            Self::Cline => "Cline",
            Self::Kiro => "Kiro and Amazon Q",
            Self::Goose => "goose",
            Self::OpenCode => "opencode",
            Self::CodeAssist => "Gemini Code Assist",
            Self::SelfHosted => "Self-hosted models",
        }
    }

    /// Names that it goes by as well.
    pub const fn other_names(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => &["claude"],
            Self::Gemini => &["gemini"],
            Self::Copilot => &["copilot"],
            Self::VsCode => &["vs-code"],
            Self::Cursor => &["cursor-cli", "cursor-agent"],
            Self::Kiro => &["amazon-q", "q"],
            Self::SelfHosted => &["ollama"],
            Self::CodeAssist => &["jetbrains", "android-studio"],
            Self::Codex | Self::Windsurf | Self::Aider | Self::Cline | Self::Goose | Self::OpenCode => &[],
        }
    }

    /// The tool of this name, or of one that it goes by as well.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name || tool.other_names().contains(&name))
    }

    /// Its programs: one of them on the search path means that it is used here.
    pub const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => &["claude"],
            Self::Codex => &["codex"],
            Self::Gemini => &["gemini"],
            Self::Copilot => &["copilot"],
            Self::VsCode => &["code", "code-insiders"],
            Self::Cursor => &["cursor", "cursor-agent"],
            Self::Windsurf => &["windsurf"],
            Self::Aider => &["aider"],
            Self::Kiro => &["kiro", "kiro-cli", "q"],
            Self::Goose => &["goose"],
            Self::OpenCode => &["opencode"],
            Self::SelfHosted => &["ollama"],
            Self::Cline | Self::CodeAssist => &[],
        }
    }

    /// Folders below the home folder that it makes: one of them there means that it is used here.
    pub const fn folders(self) -> &'static [&'static str] {
        match self {
            Self::ClaudeCode => &[".claude"],
            Self::Codex => &[".codex"],
            Self::Gemini => &[".gemini"],
            Self::Copilot => &[".copilot"],
            Self::VsCode => &[".config/Code", "Library/Application Support/Code"],
            Self::Cursor => &[".cursor"],
            Self::Windsurf => &[".codeium/windsurf"],
            Self::Kiro => &[".kiro", ".aws/amazonq"],
            Self::Goose => &[".config/goose"],
            Self::OpenCode => &[".config/opencode"],
            Self::Cline => &["Documents/Cline"],
            Self::Aider => &[".aider"],
            Self::SelfHosted => &[".ollama"],
            Self::CodeAssist => &[],
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
            Tool::ALL.iter().flat_map(|tool| tool.other_names().iter().copied().chain([tool.name()])).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| Tool::named(name).is_some()));
        assert_eq!(Tool::named("Claude"), None);
    }
}
