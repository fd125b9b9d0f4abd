//! Where a text comes from. The same words mean different things in different places.

/// Where a text comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// What the person who uses the agent wrote. They may instruct it, so wording alone never blocks.
    User,
    /// What a tool, a web page or a server answered.
    ToolResult,
    /// Source code, where attacks are quoted by whoever defends against them.
    Source,
    /// Documents for people, where commands to install things are usual.
    Docs,
    /// Files that are meant to instruct agents.
    Instructions,
    /// Anything else.
    #[default]
    Unknown,
}

/// Names of files that agents read as instructions, small.
const INSTRUCTIONS: [&str; 10] = [
    "agents.md",
    "claude.md",
    "claude.local.md",
    "gemini.md",
    "skill.md",
    "copilot-instructions.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    ".goosehints",
];

/// Endings of files that are documents.
const DOCS: [&str; 8] = ["md", "mdx", "rst", "txt", "adoc", "html", "htm", "org"];

/// Endings of files that are source code.
const SOURCE: [&str; 40] = [
    "rs", "py", "pyi", "js", "mjs", "cjs", "ts", "tsx", "jsx", "go", "java", "kt", "kts", "scala", "c", "h", "cc",
    "cpp", "hpp", "cs", "rb", "php", "swift", "m", "mm", "lua", "pl", "pm", "r", "jl", "ex", "exs", "erl", "hs", "ml",
    "sh", "ps1", "sql", "vue", "svelte",
];

impl Context {
    /// What a file is, by its name.
    pub fn of_file(path: &str) -> Self {
        let path = path.to_ascii_lowercase().replace('\\', "/");
        let name = path.rsplit('/').next().unwrap_or_default();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let in_rules = [
            ".cursor/rules/",
            ".clinerules/",
            ".windsurf/rules/",
            ".kiro/steering/",
            ".claude/",
            ".github/instructions/",
        ]
        .iter()
        .any(|folder| path.contains(folder));
        let prompt = [".instructions.md", ".agent.md", ".prompt.md"].iter().any(|ending| name.ends_with(ending));
        if INSTRUCTIONS.contains(&name) || prompt || ending == "mdc" || (in_rules && DOCS.contains(&ending)) {
            Self::Instructions
        } else if SOURCE.contains(&ending) {
            Self::Source
        } else if DOCS.contains(&ending) || name.starts_with("readme") {
            Self::Docs
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name() {
        let all = [
            ("src/main.rs", Context::Source),
            ("README.md", Context::Docs),
            ("readme", Context::Docs),
            ("packages/a/AGENTS.md", Context::Instructions),
            (".cursor\\rules\\style.mdc", Context::Instructions),
            (".claude/commands/ship.md", Context::Instructions),
            (".github/prompts/fix.prompt.md", Context::Instructions),
            ("data.bin", Context::Unknown),
            ("", Context::Unknown),
        ];
        for (path, context) in all {
            assert_eq!(Context::of_file(path), context, "{path}");
        }
    }
}
