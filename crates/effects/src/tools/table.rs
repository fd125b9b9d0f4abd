//! The tables of tools, read once.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a tool does with its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Does {
    /// Nothing outside of the conversation.
    Nothing,
    Shell,
    PowerShell,
    Read,
    Search,
    List,
    Write,
    Delete,
    Move,
    Fetch,
    /// A text of changes to many files.
    Patch,
    /// A list of calls.
    Batch,
    /// A field says whether it reads or writes.
    ByVerb,
}

impl Does {
    /// Whether a call that lacks the field can't be judged.
    pub(super) fn needs_field(self) -> bool {
        match self {
            Self::Nothing | Self::Search | Self::List | Self::ByVerb => false,
            Self::Shell
            | Self::PowerShell
            | Self::Read
            | Self::Write
            | Self::Delete
            | Self::Move
            | Self::Fetch
            | Self::Patch
            | Self::Batch => true,
        }
    }
}

/// What a tool means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Meaning {
    pub(super) names: Vec<String>,
    pub(super) does: Does,
    /// Fields that hold what it is about; the first that is there counts.
    #[serde(default)]
    pub(super) fields: Vec<String>,
    /// Fields that hold where it goes, or more words.
    #[serde(default)]
    pub(super) to: Vec<String>,
    /// Fields that hold the working directory.
    #[serde(default)]
    pub(super) folder: Vec<String>,
    /// Fields that hold what is done, for calls that say it.
    #[serde(default)]
    pub(super) verb: Vec<String>,
    /// Fields that hold paths, for calls that say what is done.
    #[serde(default)]
    pub(super) paths: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    agent: String,
    /// Other names of the agent.
    #[serde(default)]
    also: Vec<String>,
    tool: Vec<Meaning>,
}

const TEXTS: [&str; 14] = [
    include_str!("../../agents/claude-code.toml"),
    include_str!("../../agents/codex.toml"),
    include_str!("../../agents/cursor.toml"),
    include_str!("../../agents/gemini.toml"),
    include_str!("../../agents/copilot.toml"),
    include_str!("../../agents/cline.toml"),
    include_str!("../../agents/kiro.toml"),
    include_str!("../../agents/goose.toml"),
    include_str!("../../agents/opencode.toml"),
    include_str!("../../agents/windsurf.toml"),
    include_str!("../../agents/antigravity.toml"),
    include_str!("../../agents/droid.toml"),
    include_str!("../../agents/amp.toml"),
    include_str!("../../agents/devin.toml"),
];

struct Tables {
    agents: Vec<&'static str>,
    /// By agent and tool, both in lower case; without an agent, the first table that has the tool.
    tools: HashMap<(Option<String>, String), Meaning>,
}

#[expect(clippy::expect_used, reason = "the tables are part of the program, and a test reads each of them")]
static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables { agents: Vec::new(), tools: HashMap::new() };
    for text in TEXTS {
        let sheet: Sheet = toml::from_str(text).expect("a table of tools is valid");
        let names: Vec<String> = sheet.also.iter().chain([&sheet.agent]).cloned().collect();
        tables.agents.push(String::leak(sheet.agent));
        for meaning in sheet.tool {
            for tool in &meaning.names {
                let tool = tool.to_lowercase();
                for agent in &names {
                    tables.tools.insert((Some(agent.clone()), tool.clone()), meaning.clone());
                }
                tables.tools.entry((None, tool)).or_insert_with(|| meaning.clone());
            }
        }
    }
    tables
});

pub(super) fn agents() -> impl Iterator<Item = &'static str> {
    TABLES.agents.iter().copied()
}

/// What a tool means to an agent. An agent that is not known, or has no such tool, is taken to mean what others do.
pub(super) fn find(agent: Option<&str>, tool: &str) -> Option<&'static Meaning> {
    let tool = tool.to_lowercase();
    let of_agent = agent.and_then(|agent| TABLES.tools.get(&(Some(agent.to_owned()), tool.clone())));
    of_agent.or_else(|| TABLES.tools.get(&(None, tool)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_and_every_file_is_in_the_list() {
        assert_eq!(agents().count(), TEXTS.len());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/agents");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), TEXTS.len());
    }

    #[test]
    fn a_tool_that_acts_says_on_what() {
        for meaning in TABLES.tools.values() {
            let has = !meaning.fields.is_empty() || !meaning.paths.is_empty();
            assert!(has || meaning.does == Does::Nothing, "{meaning:?}");
        }
    }
}
