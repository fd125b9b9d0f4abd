//! The files of instructions that agents load by themselves when they start in a folder: which, by whom, and where they lie. What a user
//! names on a command line or in a setting, and what such a file brings in from others, is not among them.

use portcullis_trust::Kind;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What an agent loads. A name that ends with `/` is a folder: of it those files that agents go by.
struct Loads {
    agent: &'static str,
    /// In the folder in which it starts, and in those above it.
    here: &'static [&'static str],
    /// In the home of the user.
    home: &'static [&'static str],
}

/// One entry for each agent.
const LOADS: &[Loads] = &[
    Loads {
        agent: "claude-code",
        here: &["CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md", ".claude/rules/"],
        home: &[".claude/CLAUDE.md", ".claude/rules/"],
    },
    Loads {
        agent: "codex",
        here: &["AGENTS.override.md", "AGENTS.md"],
        home: &[".codex/AGENTS.override.md", ".codex/AGENTS.md"],
    },
    Loads { agent: "gemini", here: &["GEMINI.md"], home: &[".gemini/GEMINI.md"] },
    Loads { agent: "cursor", here: &[".cursor/rules/", ".cursorrules", "AGENTS.md", "CLAUDE.md"], home: &[] },
    Loads {
        agent: "copilot-cli",
        here: &[".github/copilot-instructions.md", ".github/instructions/", "AGENTS.md", "CLAUDE.md", "GEMINI.md"],
        home: &[".copilot/copilot-instructions.md"],
    },
    Loads {
        agent: "opencode",
        here: &["AGENTS.md", "CLAUDE.md"],
        home: &[".config/opencode/AGENTS.md", ".claude/CLAUDE.md"],
    },
    Loads { agent: "goose", here: &[".goosehints", "AGENTS.md"], home: &[".config/goose/.goosehints"] },
    Loads { agent: "windsurf", here: &[".windsurf/rules/", ".windsurfrules", "AGENTS.md"], home: &[] },
    Loads { agent: "cline", here: &[".clinerules", ".clinerules/", "AGENTS.md"], home: &[] },
    Loads { agent: "amp", here: &["AGENTS.md", "AGENT.md", "CLAUDE.md"], home: &[".config/amp/AGENTS.md"] },
    Loads { agent: "kiro", here: &[".kiro/steering/", "AGENTS.md"], home: &[".kiro/steering/"] },
    Loads { agent: "droid", here: &["AGENTS.md"], home: &[".factory/AGENTS.md"] },
    Loads { agent: "qwen", here: &["QWEN.md", "AGENTS.md"], home: &[".qwen/QWEN.md"] },
];

/// How deep a folder of rules is gone through, and how many files of it are told.
const DEEPEST: usize = 4;
const MOST: usize = 256;

/// The files that are there, each with the agents that load it.
pub(crate) fn loaded(folder: &Path, root: Option<&Path>, home: Option<&Path>) -> BTreeMap<PathBuf, Vec<&'static str>> {
    let mut all: BTreeMap<PathBuf, Vec<&'static str>> = BTreeMap::new();
    let mut add = |place: &Path, name: &'static str, agent: &'static str| {
        for file in files(&place.join(name), name.ends_with('/')) {
            let agents = all.entry(file).or_default();
            if !agents.contains(&agent) {
                agents.push(agent);
            }
        }
    };
    // Without a repository nobody knows how far up an agent looks.
    let places =
        folder.ancestors().take_while(|place| *place == folder || root.is_some_and(|it| place.starts_with(it)));
    let places: Vec<&Path> = places.collect();
    for Loads { agent, here, home: at_home } in LOADS {
        for place in &places {
            here.iter().for_each(|name| add(place, name, agent));
        }
        if let Some(home) = home {
            at_home.iter().for_each(|name| add(home, name, agent));
        }
    }
    all
}

fn files(place: &Path, is_folder: bool) -> Vec<PathBuf> {
    if !is_folder {
        return if place.is_file() { vec![place.to_owned()] } else { Vec::new() };
    }
    let (mut found, mut left) = (Vec::new(), vec![(place.to_owned(), 0)]);
    while let Some((folder, depth)) = left.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() && depth < DEEPEST {
                left.push((path, depth + 1));
            } else if kind.is_file() && found.len() < MOST && is_instructions(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// Whether a file is one of instructions, by its name.
pub(crate) fn is_instructions(path: &Path) -> bool {
    path.to_str().and_then(Kind::of) == Some(Kind::Instructions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_table_is_one_of_instructions() {
        for Loads { agent, here, home } in LOADS {
            for name in here.iter().chain(*home) {
                let example = if name.ends_with('/') { format!("{name}a.instructions.md") } else { (*name).to_owned() };
                assert!(is_instructions(Path::new(&example)), "{agent}: {name}");
            }
        }
    }

    #[test]
    fn files_are_looked_for_up_to_the_top_of_the_repository_and_no_further() {
        let machine = tempfile::tempdir().unwrap();
        let at = |name: &str| machine.path().join(name);
        fs::create_dir_all(at("top/app/src/.cursor/rules/deep")).unwrap();
        fs::create_dir_all(at("home/.codex")).unwrap();
        for name in [
            "AGENTS.md",
            "top/AGENTS.md",
            "top/app/src/CLAUDE.md",
            "top/app/src/.cursor/rules/deep/a.mdc",
            "top/app/src/.cursor/rules/other.txt",
            "home/.codex/AGENTS.md",
        ] {
            fs::write(at(name), "x").unwrap();
        }
        let all = loaded(&at("top/app/src"), Some(&at("top")), Some(&at("home")));
        let names = |agent: &str| -> Vec<String> {
            let of = all.iter().filter(|(_, agents)| agents.contains(&agent)).map(|(path, _)| path);
            of.map(|path| path.strip_prefix(machine.path()).unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names("codex"), ["home/.codex/AGENTS.md", "top/AGENTS.md"]);
        assert_eq!(names("claude-code"), ["top/app/src/CLAUDE.md"]);
        assert!(names("cursor").contains(&"top/app/src/.cursor/rules/deep/a.mdc".to_owned()));
        assert!(loaded(&at("top/app/src"), None, None).keys().all(|path| path.starts_with(at("top/app/src"))));
    }
}
