//! The agents that are known, as data. A new one is a new entry.
//!
//! What is taken along of a user's own folder is a list of names and not everything but some: a version of an agent that
//! begins to keep a login in a new file must not hand it in.

use super::Named::{Below, By, Never};
use super::{Always, Beside, Folder, Known, Named};

/// An agent of which nothing is known but what it is called.
const fn plain(
    programs: &'static [&'static str],
    name: &'static str,
    title: &'static str,
    packages: &'static [&'static str],
) -> Known {
    Known {
        programs,
        name,
        title,
        packages,
        folders: &[],
        files: &[],
        keys: &[],
        handed_on: &[],
        set: &[],
        settings: &[],
        host: None,
    }
}

/// A folder that has the same place inside.
const fn folder(place: &'static str, named: Named, taken: &'static [&'static str]) -> Folder {
    Folder { outside: place, named, inside: place, taken, beside: None, always: None }
}

/// A folder of what a program keeps for itself, elsewhere inside: where it is outside may be shown and can't be changed.
const fn data(outside: &'static str, inside: &'static str) -> Folder {
    Folder { outside, named: Never, inside, taken: &[], beside: None, always: None }
}

/// One entry for each.
pub(crate) const AGENTS: &[Known] = &[
    Known {
        folders: &[Folder {
            beside: Some(Beside {
                file: ".claude.json",
                // Who is logged in, and everything about other projects.
                without: &[
                    "projects",
                    "githubRepoPaths",
                    "oauthAccount",
                    "primaryApiKey",
                    "customApiKeyResponses",
                    "userID",
                ],
            }),
            ..folder(
                ".claude",
                By("CLAUDE_CONFIG_DIR"),
                &[
                    "settings.json",
                    "CLAUDE.md",
                    "agents",
                    "commands",
                    "hooks",
                    "keybindings.json",
                    "output-styles",
                    "plugins",
                    "rules",
                    "skills",
                    "statusline.sh",
                    "statusline-command.sh",
                    "themes",
                    "workflows",
                ],
            )
        }],
        keys: &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
        handed_on: &[
            "ANTHROPIC_BASE_URL",
            "ANTHROPIC_MODEL",
            "ANTHROPIC_SMALL_FAST_MODEL",
            "ANTHROPIC_DEFAULT_HAIKU_MODEL",
            "ANTHROPIC_DEFAULT_OPUS_MODEL",
            "ANTHROPIC_DEFAULT_SONNET_MODEL",
            "CLAUDE_CODE_SUBAGENT_MODEL",
        ],
        // The folder is named so that the file beside it lies within it.
        set: &[
            ("CLAUDE_CONFIG_DIR", "~/.claude"),
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
            ("DISABLE_AUTOUPDATER", "1"),
        ],
        host: Some("api.anthropic.com"),
        ..plain(&["claude"], "claude-code", "Claude Code", &["@anthropic-ai/claude-code"])
    },
    Known {
        folders: &[folder(
            ".codex",
            By("CODEX_HOME"),
            &["config.toml", "AGENTS.md", "AGENTS.override.md", "hooks.json", "prompts", "rules", "skills", "themes"],
        )],
        keys: &["OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN"],
        handed_on: &["OPENAI_BASE_URL"],
        set: &[("CODEX_HOME", "~/.codex")],
        // Its own walls around each command need namespaces, of which there are none to be had in ours.
        settings: &[(
            "codex/managed_config.toml",
            "sandbox_mode = \"danger-full-access\"\ncheck_for_update_on_startup = false\n\n[analytics]\nenabled = false\n",
        )],
        host: Some("api.openai.com"),
        ..plain(&["codex"], "codex", "Codex", &["@openai/codex"])
    },
    Known {
        folders: &[Folder {
            always: Some(Always {
                file: "settings.json",
                settings: r#"{"general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false},
                    "privacy": {"usageStatisticsEnabled": false}}"#,
            }),
            ..folder(
                ".gemini",
                Below("GEMINI_CLI_HOME"),
                &[
                    "settings.json",
                    "GEMINI.md",
                    "agents",
                    "commands",
                    "extensions",
                    "hooks",
                    "keybindings.json",
                    "policies",
                    "skills",
                ],
            )
        }],
        keys: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        handed_on: &[
            "GEMINI_MODEL",
            "GOOGLE_GEMINI_BASE_URL",
            "GOOGLE_CLOUD_PROJECT",
            "GOOGLE_CLOUD_LOCATION",
            "GOOGLE_GENAI_USE_GCA",
            "GOOGLE_GENAI_USE_VERTEXAI",
        ],
        set: &[("GEMINI_TELEMETRY_ENABLED", "false")],
        host: Some("generativelanguage.googleapis.com"),
        ..plain(&["gemini"], "gemini-cli", "Gemini CLI", &["@google/gemini-cli"])
    },
    Known {
        folders: &[
            folder(".cursor", Never, &["agents", "commands", "hooks", "hooks.json", "mcp.json", "rules", "skills"]),
            data(".config/cursor", ".config/cursor"),
        ],
        keys: &["CURSOR_API_KEY"],
        ..plain(&["cursor-agent"], "cursor-cli", "Cursor CLI", &[])
    },
    Known {
        folders: &[folder(
            ".copilot",
            By("COPILOT_HOME"),
            &["agents", "copilot-instructions.md", "hooks", "mcp-config.json", "skills"],
        )],
        keys: &["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"],
        handed_on: &["COPILOT_MODEL"],
        set: &[("COPILOT_HOME", "~/.copilot")],
        ..plain(&["copilot"], "copilot-cli", "Copilot CLI", &["@github/copilot"])
    },
    Known {
        folders: &[folder(".aider", Never, &[])],
        files: &[".aider.conf.yml", ".aider.model.settings.yml", ".aider.model.metadata.json"],
        keys: &["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY"],
        handed_on: &["AIDER_MODEL", "OPENAI_API_BASE", "OLLAMA_API_BASE"],
        set: &[("AIDER_ANALYTICS_DISABLE", "true"), ("AIDER_CHECK_UPDATE", "false")],
        ..plain(&["aider"], "aider", "aider", &["aider-chat", "aider_chat"])
    },
    Known {
        folders: &[
            folder(
                ".config/opencode",
                Never,
                &[
                    "opencode.json",
                    "opencode.jsonc",
                    "AGENTS.md",
                    "agent",
                    "agents",
                    "command",
                    "commands",
                    "plugin",
                    "plugins",
                    "skill",
                    "skills",
                    "themes",
                    "tool",
                    "tools",
                ],
            ),
            data(".local/share/opencode", ".kept/share/opencode"),
            data(".local/state/opencode", ".kept/state/opencode"),
        ],
        keys: &["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "OPENCODE_API_KEY"],
        set: &[
            ("XDG_DATA_HOME", "~/.kept/share"),
            ("XDG_STATE_HOME", "~/.kept/state"),
            ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
        ],
        ..plain(&["opencode"], "opencode", "opencode", &["opencode-ai"])
    },
    Known {
        folders: &[
            folder(".config/goose", Never, &["config.yaml", "profiles.yaml", ".goosehints", ".gooseignore", "recipes"]),
            data(".local/share/goose", ".kept/share/goose"),
            data(".local/state/goose", ".kept/state/goose"),
        ],
        keys: &["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "OPENROUTER_API_KEY"],
        handed_on: &["GOOSE_MODEL", "GOOSE_PROVIDER", "OLLAMA_HOST"],
        // There is no keyring to ask inside.
        set: &[("XDG_DATA_HOME", "~/.kept/share"), ("XDG_STATE_HOME", "~/.kept/state"), ("GOOSE_DISABLE_KEYRING", "1")],
        ..plain(&["goose"], "goose", "goose", &[])
    },
    plain(&["q"], "amazon-q", "Amazon Q", &[]),
    Known {
        folders: &[folder(".continue", Never, &["config.yaml", "prompts", "rules"])],
        keys: &["CONTINUE_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"],
        ..plain(&["cn"], "continue", "Continue", &["@continuedev/cli"])
    },
];
