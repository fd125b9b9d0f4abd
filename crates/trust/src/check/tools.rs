//! The descriptions of an MCP server's tools, which a model reads before it has decided to use any.

use super::hidden;
use super::page::{self, Desk};
use crate::found::Findings;
use crate::node::Node;
use crate::prose::{Passages, Role};
use crate::rule;
use crate::wording::{self, Sort};
use portcullis_inspect::injection::{self, Context, Settings, Tier};

/// Looks into every tool of a list.
pub(crate) fn look(node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    let tools = node.get("tools").or_else(|| node.get("result").and_then(|result| result.get("tools"))).unwrap_or(node);
    for tool in tools.items() {
        if tool.get("name").is_some() {
            let mut texts = Vec::new();
            tool.texts("", &mut texts);
            for (_, text) in texts {
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

fn look_text(node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    let Some(text) = node.text().filter(|text| text.len() > 12) else { return };
    let before = out.list.len();
    for said in desk.book.find(&Passages::of_line(text), Role::Description) {
        out.add_said(&said, path, node.span.clone(), text, "The description of a tool");
    }
    hidden::look_in(text, path, &node.span, out);
    if out.list.len() > before {
        return;
    }
    if wording::harmful(&wording::units(text), Sort::Description).is_some() {
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
