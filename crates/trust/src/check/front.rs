//! Front matter: what a skill, a command or a subagent is granted, and what it has run by itself.

use super::page::Desk;
use super::settings;
use crate::found::Findings;
use crate::node::Node;
use crate::prose::{Passages, Role};
use crate::read;
use crate::rule;
use std::ops::Range;

/// Tools without which hardly any task can be done, so that being granted them says little; all others run commands.
const EVERYTHING: [&str; 7] = ["*", "Bash(*)", "Bash(*:*)", "Bash(:*)", "all", "shell(*)", "Shell(*)"];

/// Marks by which careless readers of YAML make objects, and so run code.
const CODE_TAGS: [&str; 5] = ["!!python/", "!python/", "!!js/", "!ruby/", "!!javax."];

/// What front matter begins with that is a program.
const PROGRAMS: [&str; 6] = ["---js\n", "---javascript\n", "---coffee\n", "---cson\n", "---ts\n", "---eval\n"];

/// Looks whether the front matter is a program, which some readers of front matter run.
pub(crate) fn program(text: &str, path: &str, out: &mut Findings) {
    if let Some(head) = PROGRAMS.iter().find(|head| text.starts_with(**head)) {
        let message = "The front matter is a program, which runs when it is read.".to_owned();
        out.add(&rule::HIDDEN_CODE, path, 0..head.trim_end().len(), head.trim_end(), message);
    }
}

/// Looks into the front matter of a text.
pub(crate) fn look(text: &str, span: Range<usize>, path: &str, desk: Desk<'_>, out: &mut Findings) {
    let yaml = text.get(span.clone()).unwrap_or_default();
    if let Some((at, tag)) = CODE_TAGS.iter().find_map(|tag| Some((yaml.find(tag)?, tag))) {
        let message = format!("The front matter has whoever reads it make an object of a program: `{tag}`.");
        out.add(&rule::HIDDEN_CODE, path, span.start + at..span.start + at + tag.len(), tag, message);
    }
    let node = read(text, span);
    described(text, &node, path, desk, out);
    granted(&node, path, out);
    if let Some(hooks) = node.get("hooks") {
        settings::hooks(hooks, path, desk, out);
    }
    if let Some(found) = node.get("metadata") {
        settings::hooks(found, path, desk, out);
    }
    if let Some(servers) = node.get("mcpServers").or_else(|| node.get("mcp-servers")) {
        super::server::look_all(servers, path, desk, out);
    }
    if let Some(mode) = node.first_of(&["permissionMode", "permission-mode"]) {
        settings::mode(mode, path, out);
    }
}

/// Reads the front matter of a text.
pub(crate) fn read(text: &str, span: Range<usize>) -> Node {
    let yaml = text.get(span.clone()).unwrap_or_default();
    let mut node = match read::yaml(yaml) {
        Ok(node) => node,
        // Descriptions with a colon in them are so common that agents read them line by line.
        Err(_) => lenient(yaml),
    };
    node.shift(span.start);
    node
}

/// Front matter that is no YAML: one key on each line.
fn lenient(text: &str) -> Node {
    let mut members = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some((key, value)) = line.split_once(':')
            && !key.starts_with([' ', '\t', '-', '#'])
        {
            let start = at + key.len() + 1;
            let span = start..at + line.trim_end().len().max(key.len() + 1);
            let value = crate::node::Value::Text(value.trim().trim_matches(['"', '\'']).to_owned());
            members.push((key.trim().to_owned(), Node { span, value }));
        }
        at += line.len();
    }
    Node { span: 0..text.len(), value: crate::node::Value::Table(members) }
}

/// Looks into the description, which a model reads before anybody has decided to use the skill.
fn described(text: &str, node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    for name in ["description", "when_to_use", "when-to-use", "argument-hint"] {
        let Some(description) = node.get(name) else { continue };
        let Some(words) = description.text() else { continue };
        let raw = text.get(description.span.clone()).unwrap_or_default();
        for said in desk.book.find(&Passages::of_line(words), Role::Description) {
            // Escapes and folding move letters: where the words are not as they were written, all of it is the place.
            let value = words.get(said.span.clone()).unwrap_or_default();
            let span = raw.find(value).map_or_else(
                || description.span.clone(),
                |at| description.span.start + at..description.span.start + at + value.len(),
            );
            out.add_said(&said, path, span, value, "The description");
        }
        impersonates(words, description, path, out);
    }
}

/// Whether it says that it comes from somebody whom others trust. Who really made it, a text can't say.
fn impersonates(words: &str, description: &Node, path: &str, out: &mut Findings) {
    let words = words.to_lowercase();
    let makers = ["anthropic", "claude", "openai", "google", "microsoft", "github", "aws", "apple"];
    let says = |maker: &&str| {
        [
            format!("official {maker}"),
            format!("{maker} official"),
            format!("{maker}-official"),
            format!("by {maker} support"),
        ]
        .iter()
        .any(|form| words.contains(form))
    };
    let is_thing =
        ["skill", "plugin", "extension", "server", "helper", "tool"].iter().any(|thing| words.contains(thing));
    if let Some(maker) = makers.into_iter().find(says).filter(|_| is_thing) {
        let message = format!("It says that it is official, of `{maker}`, which nothing shows.");
        out.add(&rule::IMPERSONATION, path, description.span.clone(), maker, message);
    }
}

/// Looks into what is granted without a question.
fn granted(node: &Node, path: &str, out: &mut Findings) {
    for name in ["allowed-tools", "allowed_tools", "allowedTools"] {
        let Some(tools) = node.get(name) else { continue };
        for (tool, span) in tools.words() {
            if EVERYTHING.contains(&tool.as_str()) {
                let message = format!("It is granted `{tool}`: any command, without a question.");
                out.add(&rule::OVER_WIDE, path, span, &tool, message);
            } else if let Some(command) = tool.strip_prefix("Bash(").and_then(|it| it.strip_suffix(')')) {
                let (program, rest) = command.split_once([' ', ':']).unwrap_or((command, ""));
                if WIDE_PROGRAMS.contains(&program) && matches!(rest, "*" | "-c *" | "-c:*") {
                    let message = format!("It is granted `{tool}`: `{program}` starts anything that it is told to.");
                    out.add(&rule::OVER_WIDE, path, span, &tool, message);
                }
            }
        }
    }
}

/// Programs that run whatever they are handed, or become somebody else.
const WIDE_PROGRAMS: [&str; 4] = ["sudo", "eval", "su", "doas"];
