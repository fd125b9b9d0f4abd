//! The tables of tools, each read once.

use serde::Deserialize;
use std::sync::OnceLock;

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
    /// Other names of the agent.
    #[serde(default)]
    also: Vec<String>,
    tool: Vec<Meaning>,
}

/// A table, read when it is first looked into: a hook that is asked about one agent's tool needs no other.
struct Table {
    agent: &'static str,
    text: &'static str,
    sheet: OnceLock<Sheet>,
}

macro_rules! tables {
    ($($agent:literal),* $(,)?) => {
        [$(Table {
            agent: $agent,
            text: include_str!(concat!("../../agents/", $agent, ".toml")),
            sheet: OnceLock::new(),
        }),*]
    };
}

/// One for each agent. Where an agent is not known, the first that has a tool says what it means.
static TABLES: [Table; 14] = tables![
    "claude-code",
    "codex",
    "cursor",
    "gemini",
    "copilot",
    "cline",
    "kiro",
    "goose",
    "opencode",
    "windsurf",
    "antigravity",
    "droid",
    "amp",
    "devin",
];

impl Table {
    #[expect(clippy::expect_used, reason = "the tables are part of the program, and a test reads each of them")]
    fn sheet(&self) -> &Sheet {
        self.sheet.get_or_init(|| toml::from_str(self.text).expect("a table of tools is valid"))
    }

    fn meaning(&self, tool: &str) -> Option<&Meaning> {
        self.sheet().tool.iter().find(|meaning| meaning.names.iter().any(|name| name.to_lowercase() == tool))
    }

    /// The table of the agent with this name, or one that it goes by as well.
    fn of(agent: &str) -> Option<&'static Self> {
        let by_name = TABLES.iter().find(|table| table.agent == agent);
        by_name.or_else(|| TABLES.iter().find(|table| table.sheet().also.iter().any(|also| also == agent)))
    }
}

/// What a tool means to an agent. An agent that is not known, or has no such tool, is taken to mean what others do.
pub(super) fn find(agent: Option<&str>, tool: &str) -> Option<&'static Meaning> {
    let tool = tool.to_lowercase();
    let of_agent = agent.and_then(Table::of).and_then(|table| table.meaning(&tool));
    of_agent.or_else(|| TABLES.iter().find_map(|table| table.meaning(&tool)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_table_is_read_and_every_file_is_in_the_list() {
        let files: BTreeSet<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/agents"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let listed: BTreeSet<_> = TABLES.iter().map(|table| format!("{}.toml", table.agent)).collect();
        assert_eq!(files, listed);
        assert!(TABLES.iter().all(|table| !table.sheet().tool.is_empty()));
    }

    #[test]
    fn no_name_stands_for_two_agents_or_for_two_tools_of_one() {
        let all = |table: &'static Table| table.sheet().also.iter().map(String::as_str).chain([table.agent]);
        let agents: Vec<&str> = TABLES.iter().flat_map(all).collect();
        assert_eq!(agents.iter().collect::<BTreeSet<_>>().len(), agents.len());
        for table in &TABLES {
            let names = || table.sheet().tool.iter().flat_map(|meaning| &meaning.names);
            assert_eq!(names().map(|name| name.to_lowercase()).collect::<BTreeSet<_>>().len(), names().count());
        }
    }

    #[test]
    fn a_tool_that_acts_says_on_what() {
        for meaning in TABLES.iter().flat_map(|table| &table.sheet().tool) {
            let has = !meaning.fields.is_empty() || !meaning.paths.is_empty();
            assert!(has || meaning.does == Does::Nothing, "{meaning:?}");
        }
    }
}
