//! The descriptions of an MCP server's tools, which a model reads before it has decided to use any.

use super::command::{self, When};
use super::hidden;
use super::page::{self, Desk};
use crate::found::Findings;
use crate::node::Node;
use crate::prose::{Passages, Role};
use crate::rule;
use crate::wording;
use portcullis_inspect::injection::{self, Context, Settings, Tier};

/// Looks into every tool of a list.
pub(crate) fn look(node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    let tools = node.get("tools").or_else(|| node.get("result").and_then(|result| result.get("tools"))).unwrap_or(node);
    for tool in tools.items() {
        if tool.get("name").is_some() {
            let mut texts = Vec::new();
            tool.texts("", &mut texts);
            for (name, text) in texts {
                if name == "enum" {
                    choice(text, path, out);
                }
                look_text(text, path, desk, out);
            }
        }
    }
}

/// A description without the sentences that warn of orders in what the tool answers: they speak of orders as well.
fn without_warnings(text: &str) -> String {
    const WARNS: [&str; 4] = ["don't follow", "do not follow", "never follow", "not as instructions"];
    let warns = |sentence: &&str| {
        let sentence = sentence.to_ascii_lowercase();
        sentence.contains("instructions") && WARNS.iter().any(|words| sentence.contains(words))
    };
    text.split_inclusive(['.', '\n']).filter(|sentence| !warns(sentence)).collect()
}

/// A value to choose has at most so many words.
const WORDS: usize = 8;

/// Looks at a value that a tool offers to choose: it names something, and tells nobody what to do.
fn choice(node: &Node, path: &str, out: &mut Findings) {
    let is_sentence = |text: &&str| {
        let is_name = text.contains([':', '/']);
        let words = text.split(|it: char| it.is_whitespace() || !is_name && matches!(it, '_' | '-'));
        words.filter(|word| !word.is_empty()).count() > WORDS
    };
    if let Some(text) = node.text().filter(is_sentence) {
        let message = "A value that a tool offers to choose is a whole sentence.".to_owned();
        out.add(&rule::INJECTION, path, node.span.clone(), text, message);
    }
}

/// So many blanks or empty lines push what follows out of sight.
const BLANKS: usize = 60;
const EMPTY_LINES: usize = 6;

/// What stands behind a gap that no reader looks beyond.
fn out_of_sight(text: &str) -> Option<&str> {
    let mut at = 0;
    for word in text.split_whitespace() {
        let begin = at + text.get(at..)?.find(word)?;
        let gap = text.get(at..begin)?;
        let is_wide = gap.len() >= BLANKS || gap.matches('\n').count() >= EMPTY_LINES;
        if at > 0 && is_wide {
            return text.get(begin..);
        }
        at = begin + word.len();
    }
    None
}

fn look_text(node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    let Some(text) = node.text().filter(|text| text.len() > 12) else { return };
    let before = out.list.len();
    for said in desk.book.find(&Passages::of_line(text), Role::Description) {
        out.add_said(&said, path, node.span.clone(), text, "The description of a tool");
    }
    hidden::look_in(text, path, &node.span, out);
    if let Some(behind) = out_of_sight(text) {
        let message =
            "The description of a tool goes on where nobody who looks at a list of tools reads it.".to_owned();
        out.add(&rule::HIDDEN_TEXT, path, node.span.clone(), behind, message);
    }
    // Whoever describes a tool has nothing to run.
    if !desk.book.talks_of_attacks(text) {
        for (_, command) in page::commands(text) {
            command::look_in(command, path, &node.span, When::Told, desk.ground, out);
        }
    }
    if out.list.len() > before {
        return;
    }
    if wording::harmful(&wording::units(text)).is_some() {
        out.add(&rule::WORDING, path, node.span.clone(), text, page::WORDED.to_owned());
        return;
    }
    let settings = Settings { context: Context::ToolResult, least: Tier::Block };
    if let Some(hit) = injection::find(&without_warnings(text), &settings).into_iter().next() {
        let message = format!("In the description of a tool: {}", hit.message);
        return out.add(&rule::INJECTION, path, node.span.clone(), text, message);
    }
    let Some(opinion) = desk.opinion else { return };
    if opinion.of(text).iter().any(|said| opinion.tier(said, None).is_some()) {
        let message = "The description of a tool reads like an attack to the model that was brought.".to_owned();
        out.add(&rule::INJECTION, path, node.span.clone(), text, message);
    }
}
