//! MCP servers, read from the configuration of whichever agent.

pub(crate) mod pin;

use crate::node::Node;
use std::ops::Range;

/// The names under which agents keep their servers.
pub(crate) const TABLES: [&str; 7] =
    ["mcpServers", "servers", "mcp_servers", "mcp", "context_servers", "extensions", "mcp-servers"];

/// A server, as it is configured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Server<'n> {
    pub(crate) name: String,
    pub(crate) launch: Launch,
    /// The variables that it is given.
    pub(crate) environment: Vec<(&'n str, &'n Node)>,
    pub(crate) span: Range<usize>,
}

/// How it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Launch {
    /// A program is started.
    Command { words: Vec<String> },
    /// It is spoken to.
    Url(String),
}

impl<'n> Server<'n> {
    /// Every server of a configuration, whatever agent it is for.
    pub(crate) fn of_file(node: &'n Node) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for name in TABLES {
            if let Some(table) = node.get(name) {
                found.extend(Self::all(table));
            }
        }
        // One agent keeps them by project, and an editor under a setting.
        for (_, project) in node.get("projects").map(Node::members).unwrap_or_default() {
            found.extend(project.get("mcpServers").map(Self::all).unwrap_or_default());
        }
        if let Some(inner) = node.get("mcp").and_then(|mcp| mcp.get("servers")) {
            found.extend(Self::all(inner));
        }
        found
    }

    /// Every server of a table, or of a list of tables with names.
    pub(crate) fn all(servers: &'n Node) -> Vec<Self> {
        let named = servers.members().iter().map(|(name, node)| (name.clone(), node));
        let listed = servers.items().iter().filter_map(|node| Some((node.get("name")?.text()?.to_owned(), node)));
        named.chain(listed).filter_map(|(name, node)| Self::of(name, node)).collect()
    }

    fn of(name: String, node: &'n Node) -> Option<Self> {
        let launch = Launch::of(node)?;
        let environment = node.first_of(&["env", "envs", "environment"]).map(Node::members).unwrap_or_default();
        let environment = environment.iter().map(|(name, node)| (name.as_str(), node)).collect();
        Some(Self { name, launch, environment, span: node.span.clone() })
    }
}

impl Launch {
    fn of(node: &Node) -> Option<Self> {
        if let Some(command) = node.first_of(&["command", "cmd"]) {
            let mut words: Vec<String> = match command.text() {
                Some(text) => vec![text.to_owned()],
                None => command.words().into_iter().map(|(word, _)| word).collect(),
            };
            if let Some(arguments) = node.get("args") {
                words.extend(arguments.items().iter().filter_map(|item| item.text().map(str::to_owned)));
            }
            return Some(Self::Command { words });
        }
        let url = node.first_of(&["url", "serverUrl", "httpUrl", "uri"]).and_then(Node::text);
        url.map(|url| Self::Url(url.to_owned()))
    }
}
