//! Which files' text the result of a call shows, as far as the call tells that for sure. A search, a pattern, a pipe or a script can show
//! anything, so they are taken to show nothing: what is named here was really read.

use super::table::{self, Does, Meaning};
use super::{Agent, ToolCall, field, texts};
use crate::effect::{Confidence, Known, What};
use crate::world::FixedWorld;
use portcullis_event::{AbsPath, Hazard};
use serde_json::Value as Json;

/// Programs that print files as they are.
const PRINTING: [&str; 8] = ["bat", "batcat", "cat", "head", "less", "more", "nl", "tail"];

/// Programs that only start others.
const SHELLS: [&str; 5] = ["bash", "dash", "ksh", "sh", "zsh"];

/// Words with which a call says that it reads.
const READING: [&str; 7] = ["", "view", "read", "line", "lines", "cat", "open"];

/// Where paths that do not begin with a slash lie.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// Where the session works, if that is known. Without it such a path could be anywhere.
    pub folder: Option<&'a AbsPath>,
    /// The home of the user.
    pub home: &'a AbsPath,
}

/// The files whose text a result shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The files.
    pub files: Vec<AbsPath>,
    /// How many the call names, also those of which nobody knows where they lie.
    pub named: usize,
}

/// The files whose text the result of a call shows, if it comes to one.
pub(crate) fn shown(call: &ToolCall<'_>, base: Base<'_>) -> Shown {
    let parsed: Option<Json> = call.input.as_str().and_then(|text| serde_json::from_str(text).ok());
    let input = parsed.as_ref().unwrap_or(call.input);
    if super::of_server(call.name).is_some() {
        return Shown::default();
    }
    let Some(meaning) = table::find(call.agent.map(|Agent(name)| name), call.name) else { return Shown::default() };
    match meaning.does {
        Does::Read => {
            let paths = texts(input, &meaning.fields);
            // A list can hold patterns, which stand for files that nobody has named. One path is meant as it is written.
            let is_list = field(input, &meaning.fields).is_some_and(Json::is_array);
            let has_pattern = paths.iter().any(|path| path.contains(['*', '?', '[', '{']));
            if is_list && has_pattern { Shown::default() } else { of_paths(&paths, base) }
        }
        Does::ByVerb | Does::Batch => of_paths(&by_verb(meaning, input), base),
        Does::Shell => of_command(call, meaning, input, base),
        Does::Nothing
        | Does::PowerShell
        | Does::Search
        | Does::List
        | Does::Write
        | Does::Delete
        | Does::Move
        | Does::Fetch
        | Does::Patch => Shown::default(),
    }
}

/// The paths of a call, or of the calls in it, that says that it reads.
fn by_verb(meaning: &Meaning, input: &Json) -> Vec<String> {
    if let Some(Json::Array(items)) = field(input, &meaning.fields) {
        let paths = |item: &Json| match item {
            Json::String(path) => vec![path.clone()],
            Json::Object(_) => by_verb(meaning, item),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => Vec::new(),
        };
        return items.iter().take(super::MOST).flat_map(paths).collect();
    }
    let verb = texts(input, &meaning.verb).into_iter().next().unwrap_or_default().to_lowercase();
    if READING.contains(&verb.as_str()) { texts(input, &meaning.paths) } else { Vec::new() }
}

fn of_paths(paths: &[String], base: Base<'_>) -> Shown {
    Shown { files: paths.iter().filter_map(|path| base.place(path)).collect(), named: paths.len() }
}

impl Base<'_> {
    fn place(self, path: &str) -> Option<AbsPath> {
        let (folder, rest) = match path.strip_prefix("~/") {
            Some(rest) => (self.folder.map(|_| self.home), rest),
            None => (self.folder, path),
        };
        if path.starts_with('/') { AbsPath::parse(path).ok() } else { folder?.join(rest).ok() }
    }
}

/// The files that a command prints, if that is all it does.
fn of_command(call: &ToolCall<'_>, meaning: &Meaning, input: &Json, base: Base<'_>) -> Shown {
    let Some(start) = base.folder.cloned().or_else(|| AbsPath::parse("/").ok()) else { return Shown::default() };
    let effects = crate::of_tool(call, &FixedWorld::new(start, base.home.clone(), None));
    let (mut printing, mut files) = (None, Vec::new());
    for effect in &effects.list {
        match &effect.what {
            What::Execute { argv } if is_one_of(argv, &SHELLS) => {}
            What::Execute { argv } if printing.is_none() && prints(argv) => printing = Some(argv),
            What::Read { file } if file.known == Known::Exactly && effect.confidence > Confidence::Possible => {
                files.push(file.path.clone());
            }
            What::Credential { host: None, .. } | What::Danger { hazard: Hazard::CredentialAccess, .. } => {}
            What::Execute { .. }
            | What::Read { .. }
            | What::List { .. }
            | What::Write { .. }
            | What::Delete { .. }
            | What::Mode { .. }
            | What::Network { .. }
            | What::Git { .. }
            | What::Credential { .. }
            | What::Environment { .. }
            | What::Package { .. }
            | What::Tool { .. }
            | What::Danger { .. } => return Shown::default(),
        }
    }
    let Some(argv) = printing else { return Shown::default() };
    let named = files.len();
    // A tool that can be told a folder begins each command anew; the shell of another one may be anywhere by now.
    let folder = texts(input, &meaning.folder);
    let begins_anew = folder.first().map_or(base.folder.is_some(), |folder| folder.starts_with('/'));
    if meaning.folder.is_empty() || !begins_anew {
        files.retain(|file| argv.iter().any(|word| AbsPath::parse(word).is_ok_and(|path| path == *file)));
    }
    Shown { files, named }
}

fn is_one_of(argv: &[String], programs: &[&str]) -> bool {
    let program = argv.first().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
    programs.contains(&program)
}

/// Whether a program prints files as they are, or lines of them.
fn prints(argv: &[String]) -> bool {
    let picks_lines = |script: &String| {
        script.ends_with('p') && script.bytes().all(|byte| byte.is_ascii_digit() || b",$;p ".contains(&byte))
    };
    is_one_of(argv, &PRINTING)
        || matches!(argv, [_, quiet, script, ..] if is_one_of(argv, &["sed"]) && quiet == "-n" && picks_lines(script))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> AbsPath {
        AbsPath::parse(text).unwrap()
    }

    fn named(agent: &str, name: &str, input: &Json, is_known: bool) -> Vec<String> {
        let (folder, home) = (path("/w/app"), path("/home/ada"));
        let base = Base { folder: is_known.then_some(&folder), home: &home };
        let shown = shown(&ToolCall { agent: Some(Agent(agent)), name, input }, base);
        shown.files.iter().map(ToString::to_string).collect()
    }

    fn bash(command: &str) -> Vec<String> {
        named("codex", "shell", &json!({"command": ["bash", "-lc", command]}), true)
    }

    #[test]
    fn a_tool_that_reads_shows_the_file_that_it_names() {
        for (agent, tool, input) in [
            ("claude-code", "Read", json!({"file_path": "/w/app/a.rs"})),
            ("claude-code", "Read", json!("{\"file_path\": \"/w/app/a.rs\"}")),
            ("gemini", "read_file", json!({"absolute_path": "/w/app/a.rs"})),
            ("cursor", "read_file", json!({"target_file": "a.rs"})),
            ("copilot", "str_replace_editor", json!({"command": "view", "path": "/w/app/./b/../a.rs"})),
            ("unheard-of", "read_file", json!({"path": "a.rs"})),
        ] {
            assert_eq!(named(agent, tool, &input, true), ["/w/app/a.rs"], "{agent} {tool}");
        }
    }

    #[test]
    fn brackets_in_a_name_are_part_of_it() {
        let (one, many) = (json!({"file_path": "/w/app/[id]/page.tsx"}), json!({"paths": ["/w/app/[id]/page.tsx"]}));
        assert_eq!(named("claude-code", "Read", &one, true), ["/w/app/[id]/page.tsx"]);
        assert!(named("gemini", "read_many_files", &many, true).is_empty());
    }

    #[test]
    fn what_shows_more_or_less_than_a_file_shows_none() {
        for (tool, input) in [
            ("Write", json!({"file_path": "/w/app/a.rs", "content": "x"})),
            ("Edit", json!({"file_path": "/w/app/a.rs"})),
            ("Grep", json!({"pattern": "x", "path": "/w/app/a.rs"})),
            ("WebFetch", json!({"url": "file:///w/app/a.rs"})),
            ("Task", json!({"prompt": "read /w/app/a.rs"})),
            ("mcp__files__read_file", json!({"path": "/w/app/a.rs"})),
            ("read_many_files", json!({"paths": ["src/**/*.rs", "/w/app/a.rs"]})),
            ("str_replace_editor", json!({"command": "create", "path": "/w/app/a.rs"})),
            ("Read", json!({"file_path": 3})),
            ("Read", json!({})),
            ("Frobnicate", json!({"file_path": "/w/app/a.rs"})),
        ] {
            assert!(named("claude-code", tool, &input, true).is_empty(), "{tool} {input}");
        }
    }

    #[test]
    fn a_command_that_only_prints_shows_what_it_prints() {
        for command in
            ["cat a.rs", "cat /w/app/a.rs", "sed -n '1,40p' a.rs", "nl -ba a.rs", "test -f a.rs && head -n 20 ./a.rs"]
        {
            assert_eq!(bash(command), ["/w/app/a.rs"], "{command}");
        }
        assert_eq!(bash("cat a.rs b.rs"), ["/w/app/a.rs", "/w/app/b.rs"]);
        for command in [
            "cat a.rs | wc -l",
            "cat *.rs",
            "cat \"$FILE\"",
            "cat a.rs > b.rs",
            "sed 's/a/b/' a.rs",
            "sed -n 's/a/b/p' a.rs",
            "grep x a.rs",
            "echo /w/app/a.rs",
            "python3 -c 'print(open(\"a.rs\").read())'",
            "wc a.rs",
        ] {
            assert!(bash(command).is_empty(), "{command}: {:?}", bash(command));
        }
    }

    #[test]
    fn a_path_that_could_lie_anywhere_is_no_file() {
        let relative = json!({"file_path": "a.rs"});
        assert!(named("gemini", "read_file", &relative, false).is_empty());
        assert!(named("gemini", "read_file", &json!({"path": "~/a.rs"}), false).is_empty());
        assert_eq!(named("gemini", "read_file", &json!({"path": "/a.rs"}), false), ["/a.rs"]);
        // The shell of this one keeps the folder that an earlier command went to.
        assert!(named("claude-code", "Bash", &json!({"command": "cat a.rs"}), true).is_empty());
        assert_eq!(named("claude-code", "Bash", &json!({"command": "cat /etc/motd"}), false), ["/etc/motd"]);
        let told = json!({"command": "cat a.rs", "workdir": "/srv"});
        assert_eq!(named("codex", "shell_command", &told, false), ["/srv/a.rs"]);
        assert!(named("codex", "shell_command", &json!({"command": "cat a.rs"}), false).is_empty());
    }
}
