//! The words of commands, as an agent reads them: where a script lies, what stands for something of the user's, which keys and
//! hosts a text speaks of.

use super::Told;
use crate::tree::{Entry, Tree, name_of};
use std::collections::BTreeSet;

/// A name that stands for the folder of a skill.
const FOLDERS: [&str; 10] = [
    "{baseDir}",
    "${baseDir}",
    "{skill_dir}",
    "<skill_dir>",
    "<skill-dir>",
    "<skill-path>",
    "<path-to-skill>",
    "$SKILL_DIR",
    "${SKILL_DIR}",
    "/path/to/skill",
];

/// Programs with which commands begin.
const PROGRAMS: [&str; 44] = [
    "bash", "sh", "zsh", "python", "python3", "node", "npm", "npx", "pnpm", "yarn", "bun", "deno", "pip", "pip3",
    "pipx", "uv", "uvx", "curl", "wget", "git", "make", "ruby", "perl", "php", "go", "cargo", "chmod", "cp", "mv",
    "rm", "mkdir", "cat", "echo", "export", "source", "eval", "tar", "unzip", "nc", "ncat", "env", "printenv", "sudo",
    "docker",
];

/// Whether a file is a text that says how to use something.
pub(super) fn is_document(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    matches!(name.rsplit_once('.').map_or(name.as_str(), |(_, ending)| ending), "md" | "mdx" | "markdown" | "readme")
}

/// Whether the first line of a listing starts a program.
pub(super) fn begins_with_program(code: &str, tree: &Tree) -> bool {
    let line = code.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let first = line.trim_start_matches("$ ").split_whitespace().next().unwrap_or_default();
    PROGRAMS.contains(&first) || first.starts_with("./") || is_script(first, tree)
}

/// Whether a piece of a sentence is a command: a program and what it is to do, or a script of the tree.
pub(super) fn is_command(piece: &str, tree: &Tree) -> bool {
    let mut words = piece.split_whitespace();
    let first = words.next().unwrap_or_default();
    is_script(first, tree) || (PROGRAMS.contains(&first) || first.starts_with("./")) && words.next().is_some()
}

fn is_script(word: &str, tree: &Tree) -> bool {
    let word = word.trim_start_matches("./");
    word.contains('.') && tree.entries().any(|(path, _)| path == word || path.ends_with(&format!("/{word}")))
}

/// A command as an agent would run it: files of the tree by their whole path, and something harmless in the place of what is the
/// user's.
pub(super) fn resolved(command: &str, told: Told<'_>) -> String {
    let mut text = command.to_owned();
    for folder in FOLDERS {
        text = text.replace(folder, &root_of(told));
    }
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let heredoc = text.contains("<<");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if is_part_of_path(character) {
            word.push(character);
            continue;
        }
        out.push_str(&placed(&std::mem::take(&mut word), told));
        if character == '<' && !heredoc && characters.peek().is_some_and(char::is_ascii_alphabetic) {
            // `<input.pdf>` stands for something of the user's, and a shell would read it as a file to read from.
            let name: String = characters.clone().take_while(|it| *it != '>' && *it != '\n').collect();
            if characters.clone().nth(name.chars().count()) == Some('>') && name.len() < 60 {
                out.push_str(&sample(&name));
                characters.by_ref().take(name.chars().count() + 1).for_each(drop);
                continue;
            }
        }
        out.push(character);
    }
    out.push_str(&placed(&word, told));
    out
}

fn is_part_of_path(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '/' | '_' | '-' | '~' | '$' | '{' | '}' | '@')
}

/// The folder of the skill that a text belongs to, by its whole path.
fn root_of(told: Told<'_>) -> String {
    let folder = crate::tree::folder_of(told.path);
    if folder.is_empty() { told.at.to_owned() } else { format!("{}/{folder}", told.at) }
}

/// A word that names a file of the tree, by its whole path.
fn placed(word: &str, told: Told<'_>) -> String {
    let plain = word.trim_start_matches("./");
    if plain.is_empty() || word.starts_with(['/', '~', '$', '-']) {
        return word.to_owned();
    }
    // The folder of the text itself first, then those above.
    let mut folder = crate::tree::folder_of(told.path);
    loop {
        let path = if folder.is_empty() { plain.to_owned() } else { format!("{folder}/{plain}") };
        let is_there = told.tree.entries().any(|(name, entry)| {
            name == path && matches!(entry, Entry::File(_))
                || plain.contains('/')
                    && name.strip_prefix(path.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
        });
        // A word alone is no folder: `scripts` may be anything.
        if is_there && (plain.contains('.') || plain.contains('/') || word.starts_with("./")) {
            return format!("{}/{path}", told.at);
        }
        if folder.is_empty() {
            return word.to_owned();
        }
        folder = crate::tree::folder_of(folder);
    }
}

/// Something harmless that can stand where a user would say something.
fn sample(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.rsplit_once('.') {
        Some((_, ending))
            if (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            format!("input.{ending}")
        }
        _ if name.contains("url") => "https://www.example.com/".to_owned(),
        _ if ["file", "path", "input", "pdf", "doc"].iter().any(|word| name.contains(word)) => "input.txt".to_owned(),
        _ if name.contains("dir") || name.contains("folder") => "src".to_owned(),
        _ if name.contains("port") || name.contains("number") || name == "n" => "8080".to_owned(),
        _ => "sample".to_owned(),
    }
}

/// Variables that a tree speaks of and that look like keys: what it wants for itself.
pub fn keys(tree: &Tree) -> BTreeSet<String> {
    const ENDS: [&str; 6] = ["_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_APIKEY", "_PAT"];
    let mut keys = BTreeSet::new();
    for text in texts(tree) {
        for word in text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_') {
            let is_name = word.len() < 64
                && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
                && word.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase());
            if is_name && ENDS.iter().any(|end| word.ends_with(end)) && keys.len() < 32 {
                keys.insert(word.to_owned());
            }
        }
    }
    keys
}

/// Whether this is the host of a maker whose installers are run from the network by habit.
pub fn is_makers_host(host: &str) -> bool {
    crate::check::command::is_makers_host(host)
}

/// Hosts that a tree speaks of in the clear.
pub fn hosts(tree: &Tree) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    for text in texts(tree) {
        for (at, _) in text.match_indices("://") {
            let rest = text.get(at + 3..).unwrap_or_default();
            let host = rest.split(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '.' | '-')).next();
            if let Some(host) = host.filter(|host| host.contains('.') && host.len() < 254) {
                hosts.insert(host.trim_end_matches('.').to_ascii_lowercase());
            }
        }
    }
    hosts
}

fn texts(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.entries().filter_map(|(_, entry)| match entry {
        Entry::File(file) => std::str::from_utf8(&file.bytes).ok(),
        Entry::Link(_) => None,
    })
}
