//! Where coding agents keep what was said: one entry for each agent.

use crate::settings::Surroundings;
use std::path::PathBuf;

/// An agent, and where it keeps what was said.
pub(crate) struct Agent {
    pub(crate) name: &'static str,
    /// Folders that it may use.
    pub(crate) folders: &'static [(Base, &'static str)],
    /// Files below them, by patterns as in ignore files, and how they are written. The first that fits decides.
    pub(crate) files: &'static [(&'static str, Form)],
}

/// Where a folder starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The home folder.
    Home,
    /// Where programs keep their settings.
    Config,
    /// Where programs keep their data.
    Data,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON value on each line, one for each turn.
    JsonLines,
    /// One JSON value; a list in it holds the turns.
    Json,
    /// A database of SQLite; each row is a turn.
    Sqlite,
    /// Anything else.
    Plain,
}

use Base::{Config, Data, Home};
use Form::{Json, JsonLines, Plain, Sqlite};

/// All agents that are known.
pub(crate) const AGENTS: [Agent; 9] = [
    Agent {
        name: "claude-code",
        folders: &[(Home, ".claude"), (Config, "claude")],
        files: &[
            ("projects/**/*.jsonl", JsonLines),
            ("history.jsonl", JsonLines),
            ("projects/**/*.json", Json),
            ("todos/**/*.json", Json),
            ("tasks/**/*.json", Json),
            ("shell-snapshots/**", Plain),
            ("paste-cache/**", Plain),
            ("file-history/**", Plain),
            ("plans/**", Plain),
            ("debug/**", Plain),
        ],
    },
    Agent {
        name: "codex",
        folders: &[(Home, ".codex")],
        files: &[
            ("sessions/**/*.jsonl", JsonLines),
            ("archived_sessions/**/*.jsonl", JsonLines),
            ("history.jsonl", JsonLines),
            ("sessions/**/*.json", Json),
            ("log/**", Plain),
            ("shell_snapshots/**", Plain),
        ],
    },
    Agent {
        name: "gemini",
        folders: &[(Home, ".gemini")],
        files: &[
            ("tmp/**/*.jsonl", JsonLines),
            ("tmp/**/chats/**/*.json", Json),
            ("tmp/**/logs.json", Json),
            ("tmp/**/*.json", Json),
            ("tmp/**/shell_history", Plain),
        ],
    },
    Agent {
        name: "cursor",
        folders: &[(Home, ".cursor"), (Config, "Cursor/User"), (Home, "Library/Application Support/Cursor/User")],
        files: &[
            ("**/state.vscdb", Sqlite),
            ("**/state.vscdb.backup", Sqlite),
            ("chats/**/store.db", Sqlite),
            ("**/agent-transcripts/**/*.jsonl", JsonLines),
            ("**/agent-transcripts/**/*.json", Json),
            ("**/agent-transcripts/**", Plain),
        ],
    },
    Agent {
        name: "copilot",
        folders: &[(Home, ".copilot"), (Config, "copilot")],
        files: &[
            ("session-state/**/*.jsonl", JsonLines),
            ("history-session-state/**/*.json", Json),
            ("command-history-state.json", Json),
            ("logs/**", Plain),
        ],
    },
    Agent {
        name: "opencode",
        folders: &[(Data, "opencode")],
        files: &[("storage/**/*.json", Json), ("*.db", Sqlite), ("log/**", Plain)],
    },
    Agent {
        name: "goose",
        folders: &[(Data, "goose"), (Config, "goose")],
        files: &[("sessions/**/*.jsonl", JsonLines), ("sessions/**/*.db", Sqlite), ("logs/**", Plain)],
    },
    Agent {
        name: "cline",
        folders: &[
            (Config, "Code/User/globalStorage/saoudrizwan.claude-dev"),
            (Home, "Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev"),
            (Home, ".cline/data"),
        ],
        files: &[("tasks/**/*.json", Json), ("checkpoints/**/*.json", Json)],
    },
    Agent {
        name: "amp",
        folders: &[(Data, "amp"), (Home, ".cache/amp")],
        files: &[("threads/**/*.json", Json), ("history.jsonl", JsonLines), ("logs/**", Plain)],
    },
];

impl Base {
    /// The folder, if it is known.
    pub(crate) fn folder(self, surroundings: &Surroundings) -> Option<PathBuf> {
        let home = surroundings.home.as_ref();
        match self {
            Self::Home => home.cloned(),
            Self::Config => surroundings.config.clone().or_else(|| Some(home?.join(".config"))),
            Self::Data => surroundings.data.clone().or_else(|| Some(home?.join(".local/share"))),
        }
    }
}
