//! Which file is what to an agent, by its name: one table. A new agent, or a new file of one, is one row.

use crate::tree::name_of;

/// What a file is to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `SKILL.md`: the head of a skill. The folder that it lies in is the skill.
    Skill,
    /// A subagent, a command or a prompt: front matter and a text for the model.
    Prompt,
    /// Rules and instructions that are read in every session.
    Instructions,
    /// Which MCP servers are started.
    Servers,
    /// Settings of an agent, with hooks and permissions.
    Settings,
    /// Hooks alone.
    Hooks,
    /// The description of a plugin.
    Plugin,
    /// A list of plugins to install from.
    Marketplace,
    /// Tasks of an editor.
    Tasks,
    /// Settings of an editor.
    Editor,
    /// A container to develop in.
    Container,
    /// What direnv runs when a folder is entered.
    Envrc,
    /// A hook of git that is kept in a repository.
    GitHook,
    /// A script that hooks of an agent run.
    Script,
    /// The manifest of a package, which may be an extension of an editor.
    Package,
    /// The descriptions of an MCP server's tools.
    Tools,
    /// The weights of a model.
    Model,
}

/// How a name is known.
enum Known {
    /// By its last part.
    Name(&'static str),
    /// By how it ends, from the start of a part on.
    Ending(&'static str),
    /// By the ending of its name, in a folder of this name.
    In(&'static str, &'static str),
    /// By the ending of its last part.
    Suffix(&'static str),
}

use Known::{Ending, In, Name, Suffix};

/// The first row that fits counts. All is lower case: file systems that fold it read the same files.
const TABLE: &[(Known, Kind)] = &[
    (Name("skill.md"), Kind::Skill),
    (Ending(".claude-plugin/plugin.json"), Kind::Plugin),
    (Ending(".codex-plugin/plugin.json"), Kind::Plugin),
    (Ending(".cursor-plugin/plugin.json"), Kind::Plugin),
    (Name("plugin.json"), Kind::Plugin),
    (Name("gemini-extension.json"), Kind::Plugin),
    (Name("marketplace.json"), Kind::Marketplace),
    (Ending(".claude/settings.json"), Kind::Settings),
    (Ending(".claude/settings.local.json"), Kind::Settings),
    (Ending(".gemini/settings.json"), Kind::Settings),
    (Ending(".codex/config.toml"), Kind::Settings),
    (Ending(".codex/hooks.json"), Kind::Hooks),
    (Ending(".cursor/hooks.json"), Kind::Hooks),
    (Ending(".cursor/permissions.json"), Kind::Settings),
    (Ending(".cursor/cli.json"), Kind::Settings),
    (Ending(".windsurf/hooks.json"), Kind::Hooks),
    (Ending(".devin/hooks.v1.json"), Kind::Hooks),
    (Ending(".factory/hooks.json"), Kind::Hooks),
    (In(".github/hooks", ".json"), Kind::Hooks),
    (Ending("hooks/hooks.json"), Kind::Hooks),
    (Ending(".github/copilot/settings.json"), Kind::Settings),
    (Name("opencode.json"), Kind::Settings),
    (Name("opencode.jsonc"), Kind::Settings),
    (Ending(".kiro/settings/mcp.json"), Kind::Servers),
    (In(".kiro/agents", ".json"), Kind::Settings),
    (In(".amazonq/cli-agents", ".json"), Kind::Settings),
    (Name(".mcp.json"), Kind::Servers),
    (Name("mcp.json"), Kind::Servers),
    (Name("mcp.jsonc"), Kind::Servers),
    (Name("mcp_config.json"), Kind::Servers),
    (Name("mcp-config.json"), Kind::Servers),
    (Name("mcp_settings.json"), Kind::Servers),
    (Name("cline_mcp_settings.json"), Kind::Servers),
    (Name("claude_desktop_config.json"), Kind::Servers),
    (Name(".claude.json"), Kind::Servers),
    (In(".continue/mcpservers", ".yaml"), Kind::Servers),
    (Ending("goose/config.yaml"), Kind::Servers),
    (Ending(".vscode/tasks.json"), Kind::Tasks),
    (Ending(".vscode/settings.json"), Kind::Editor),
    (Suffix(".code-workspace"), Kind::Editor),
    (Name("devcontainer.json"), Kind::Container),
    (Name(".devcontainer.json"), Kind::Container),
    (Name(".envrc"), Kind::Envrc),
    (In(".claude/hooks", ""), Kind::Script),
    (In(".cursor/hooks", ""), Kind::Script),
    (In(".codex/hooks", ""), Kind::Script),
    (In(".gemini/hooks", ""), Kind::Script),
    (In(".windsurf/hooks", ""), Kind::Script),
    (In(".kiro/hooks", ""), Kind::Script),
    (In(".factory/hooks", ""), Kind::Script),
    (In(".github/hooks", ""), Kind::Script),
    (In(".opencode/plugin", ""), Kind::Script),
    (In(".opencode/plugins", ""), Kind::Script),
    (In(".opencode/tool", ""), Kind::Script),
    (In(".githooks", ""), Kind::GitHook),
    (In(".husky", ""), Kind::GitHook),
    (Name("package.json"), Kind::Package),
    (Name("tools.json"), Kind::Tools),
    (Name("tools-list.json"), Kind::Tools),
    (Name("tools_list.json"), Kind::Tools),
    (Ending("tools/list.json"), Kind::Tools),
    (Suffix("-tools.json"), Kind::Tools),
    (Suffix("_tools.json"), Kind::Tools),
    (Suffix(".tools.json"), Kind::Tools),
    (Name("agents.md"), Kind::Instructions),
    (Name("agents.override.md"), Kind::Instructions),
    (Name("agent.md"), Kind::Instructions),
    (Name("claude.md"), Kind::Instructions),
    (Name("claude.local.md"), Kind::Instructions),
    (Name("gemini.md"), Kind::Instructions),
    (Name("qwen.md"), Kind::Instructions),
    (Name("warp.md"), Kind::Instructions),
    (Name("memory.md"), Kind::Instructions),
    (Name("conventions.md"), Kind::Instructions),
    (Name(".cursorrules"), Kind::Instructions),
    (Name(".windsurfrules"), Kind::Instructions),
    (Name(".clinerules"), Kind::Instructions),
    (Name(".roorules"), Kind::Instructions),
    (Name(".goosehints"), Kind::Instructions),
    (Name(".aider.conf.yml"), Kind::Settings),
    (Name("copilot-instructions.md"), Kind::Instructions),
    (Suffix(".instructions.md"), Kind::Instructions),
    (Suffix(".agent.md"), Kind::Prompt),
    (Suffix(".prompt.md"), Kind::Prompt),
    (Suffix(".chatmode.md"), Kind::Prompt),
    (In(".cursor/rules", ".mdc"), Kind::Instructions),
    (In(".cursor/rules", ".md"), Kind::Instructions),
    (In(".windsurf/rules", ".md"), Kind::Instructions),
    (In(".clinerules", ".md"), Kind::Instructions),
    (In(".roo/rules", ".md"), Kind::Instructions),
    (In(".kiro/steering", ".md"), Kind::Instructions),
    (In(".amazonq/rules", ".md"), Kind::Instructions),
    (In(".continue/rules", ".md"), Kind::Instructions),
    (In(".junie", ".md"), Kind::Instructions),
    (In(".claude/agents", ".md"), Kind::Prompt),
    (In(".claude/commands", ".md"), Kind::Prompt),
    (In(".claude/rules", ".md"), Kind::Instructions),
    (In(".cursor/commands", ".md"), Kind::Prompt),
    (In(".opencode/agent", ".md"), Kind::Prompt),
    (In(".opencode/command", ".md"), Kind::Prompt),
    (In(".gemini/commands", ".toml"), Kind::Prompt),
    (In("agents", ".md"), Kind::Prompt),
    (In(".codex/prompts", ".md"), Kind::Prompt),
    (In(".github/prompts", ".md"), Kind::Prompt),
    (In(".github/agents", ".md"), Kind::Prompt),
    (Suffix(".safetensors"), Kind::Model),
    (Suffix(".gguf"), Kind::Model),
    (Suffix(".ggml"), Kind::Model),
    (Suffix(".pt"), Kind::Model),
    (Suffix(".pth"), Kind::Model),
    (Suffix(".ckpt"), Kind::Model),
    (Suffix(".pkl"), Kind::Model),
    (Suffix(".pickle"), Kind::Model),
    (Suffix(".joblib"), Kind::Model),
    (Suffix(".dill"), Kind::Model),
    (Suffix(".npy"), Kind::Model),
    (Suffix(".npz"), Kind::Model),
    (Suffix(".h5"), Kind::Model),
    (Suffix(".hdf5"), Kind::Model),
    (Suffix(".keras"), Kind::Model),
    (Suffix(".onnx"), Kind::Model),
    (Suffix(".nemo"), Kind::Model),
    (Name("pytorch_model.bin"), Kind::Model),
    (Name("adapter_model.bin"), Kind::Model),
    (Name("training_args.bin"), Kind::Model),
];

impl Kind {
    /// What a file is by its path; nothing if agents do not go by it.
    pub fn of(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        TABLE.iter().find(|(known, _)| known.fits(&path)).map(|(_, kind)| *kind)
    }

    /// What policy and ledger call it.
    pub const fn category(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Prompt => "prompt",
            Self::Instructions => "instructions",
            Self::Servers => "mcp-servers",
            Self::Settings
            | Self::Hooks
            | Self::Tasks
            | Self::Editor
            | Self::Container
            | Self::Envrc
            | Self::Script => "settings",
            Self::GitHook => "git-hook",
            Self::Plugin | Self::Package => "plugin",
            Self::Marketplace => "marketplace",
            Self::Tools => "tools",
            Self::Model => "model-file",
        }
    }

    /// Whether a model reads it as text that tells it what to do.
    pub(crate) const fn is_prose(self) -> bool {
        match self {
            Self::Skill | Self::Prompt | Self::Instructions => true,
            Self::Servers
            | Self::Settings
            | Self::Hooks
            | Self::Plugin
            | Self::Marketplace
            | Self::Tasks
            | Self::Editor
            | Self::Container
            | Self::Envrc
            | Self::GitHook
            | Self::Script
            | Self::Package
            | Self::Tools
            | Self::Model => false,
        }
    }
}

impl Known {
    fn fits(&self, path: &str) -> bool {
        let at_part =
            |ending: &str| path.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('/'));
        match self {
            Name(name) => name_of(path) == *name,
            Ending(ending) => at_part(ending),
            Suffix(suffix) => name_of(path).len() > suffix.len() && path.ends_with(suffix),
            In(folder, suffix) => {
                path.ends_with(suffix)
                    && path.match_indices(folder).any(|(at, _)| {
                        let before = path.get(..at).unwrap_or_default();
                        let behind = path.get(at + folder.len()..).unwrap_or_default();
                        (before.is_empty() || before.ends_with('/')) && behind.starts_with('/')
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_wherever_it_lies() {
        let all = [
            ("a/b/SKILL.md", Some(Kind::Skill)),
            ("skill.MD", Some(Kind::Skill)),
            (".claude/settings.local.json", Some(Kind::Settings)),
            ("x.claude/settings.json", None),
            ("pkg/.cursor/rules/deep/style.mdc", Some(Kind::Instructions)),
            ("my.cursor/rules/style.mdc", None),
            (".husky/pre-commit", Some(Kind::GitHook)),
            (".cursor/hooks/context.sh", Some(Kind::Script)),
            (".cursor/hooks.json", Some(Kind::Hooks)),
            ("models/w.safetensors", Some(Kind::Model)),
            (".pt", None),
            ("src/main.rs", None),
            ("", None),
        ];
        for (path, kind) in all {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
    }

    #[test]
    fn every_row_is_in_lower_case() {
        for (known, kind) in TABLE {
            let (Name(a) | Ending(a) | Suffix(a) | In(a, _)) = known;
            assert_eq!(a.to_ascii_lowercase(), **a, "{kind:?}");
        }
    }
}
