//! Two formats that guides to agent security print: a JSON list of tools and a YAML list of skills. They become entries
//! like those of a `portcullis.toml`, each with its line.

use super::suggest::nearest;
use super::yaml::{Node, NodeValue, read};
use crate::config::{Entry, EntryValue, Item, OnAuditFailure, Require, Scalar};
use crate::diagnostic::Diagnostic;
use crate::source::{Origin, Text};
use crate::tier::Sheet;
use std::sync::Arc;

/// Every key that these formats have.
const KEYS: [&str; 6] =
    ["allowed_tools", "blocked_tools", "sandbox_mode", "audit_logging", "allowed_skills", "blocked_skills"];

/// Reads `{"allowed_tools": […], "blocked_tools": […], "sandbox_mode": true, "audit_logging": true}`.
pub(crate) fn tools_json(text: &Arc<Text>, problems: &mut Vec<Diagnostic>) -> Sheet {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text.written) {
        let at = text.byte_at(error.line(), error.column());
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        problems.push(Diagnostic::error("this is not JSON", Origin::new(text, at..at), why));
        return Sheet { text: Arc::clone(text), entries: Vec::new() };
    }
    sheet(text, problems)
}

/// Reads `allowed_skills: [{name, source, version}]` and `blocked_skills: [{name, reason}]`.
pub(crate) fn skills_yaml(text: &Arc<Text>, problems: &mut Vec<Diagnostic>) -> Sheet {
    sheet(text, problems)
}

fn sheet(text: &Arc<Text>, problems: &mut Vec<Diagnostic>) -> Sheet {
    let mut foreign = Foreign { text, entries: Vec::new(), problems };
    match read(text) {
        Ok(Node { value: NodeValue::Table(keys), .. }) => keys.iter().for_each(|(key, value)| foreign.key(key, value)),
        Ok(other) => foreign.wrong(&other, "a table of lists is expected here"),
        Err(problem) => foreign.problems.push(problem),
    }
    Sheet { text: Arc::clone(text), entries: foreign.entries }
}

struct Foreign<'a> {
    text: &'a Arc<Text>,
    entries: Vec<Entry>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Foreign<'_> {
    fn wrong(&mut self, node: &Node, label: &str) {
        let origin = Origin::new(self.text, node.span.clone());
        self.problems.push(Diagnostic::error("this is not what the format says", origin, label));
    }

    fn push(&mut self, key: &str, node: &Node, value: EntryValue) {
        self.entries.push(Entry { key: key.to_owned(), span: node.span.clone(), value });
    }

    fn key(&mut self, key: &Node, value: &Node) {
        let NodeValue::Text { text: name, .. } = &key.value else { return self.wrong(key, "a key is a text") };
        match name.as_str() {
            "allowed_tools" => self.list("tools.allow", value),
            "blocked_tools" => self.list("tools.deny", value),
            "allowed_skills" => self.list("skills.allow", value),
            "blocked_skills" => self.list("skills.deny", value),
            "sandbox_mode" => {
                if let Some(yes) = self.yes_or_no(value) {
                    let require = if yes { Require::Any } else { Require::Nothing };
                    self.push("sandbox.require", value, EntryValue::Scalar(Ok(Scalar::Require(require))));
                }
            }
            "audit_logging" => match self.yes_or_no(value) {
                Some(true) => {
                    let deny = Scalar::OnAuditFailure(OnAuditFailure::Deny);
                    self.push("ledger.on-audit-failure", value, EntryValue::Scalar(Ok(deny)));
                }
                Some(false) => {
                    let origin = Origin::new(self.text, value.span.clone());
                    let title = "this line has no effect: Portcullis always records";
                    let problem = Diagnostic::warning(title, origin, "it can't be turned off");
                    self.problems
                        .push(problem.help("remove the line; what is kept of texts is said by `ledger.content`"));
                }
                None => {}
            },
            unknown => self.unknown(unknown, key, &KEYS),
        }
    }

    fn unknown(&mut self, name: &str, node: &Node, known: &[&str]) {
        let origin = Origin::new(self.text, node.span.clone());
        let problem = Diagnostic::warning(format!("`{name}` is not understood and has no effect"), origin, "not known");
        let folded = name.replace('-', "_");
        let known_words = known.join(", ");
        self.problems.push(problem.help(match nearest_underscored(&folded, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {known_words}"),
        }));
    }

    fn yes_or_no(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            NodeValue::Text { text, quoted: false } if text == "true" => Some(true),
            NodeValue::Text { text, quoted: false } if text == "false" => Some(false),
            NodeValue::Text { .. } | NodeValue::List(_) | NodeValue::Table(_) => {
                self.wrong(node, "`true` or `false` is expected here");
                None
            }
        }
    }

    fn list(&mut self, key: &str, node: &Node) {
        let NodeValue::List(items) = &node.value else { return self.wrong(node, "a list is expected here") };
        self.push(key, node, EntryValue::List);
        for item in items {
            if let Some(read) = self.item(item) {
                self.push(key, item, EntryValue::Item(read));
            }
        }
    }

    fn item(&mut self, node: &Node) -> Option<Item> {
        match &node.value {
            NodeValue::Text { text, .. } => Some(Item { name: text.clone(), ..Item::default() }),
            NodeValue::Table(fields) => {
                let mut item = Item::default();
                for (key, value) in fields {
                    self.field(&mut item, key, value);
                }
                if item.name.is_empty() {
                    self.wrong(node, "this entry has no `name`");
                    return None;
                }
                Some(item)
            }
            NodeValue::List(_) => {
                self.wrong(node, "a text, or a table with `name`, is expected here");
                None
            }
        }
    }

    fn field(&mut self, item: &mut Item, key: &Node, value: &Node) {
        let (NodeValue::Text { text: name, .. }, NodeValue::Text { text, .. }) = (&key.value, &value.value) else {
            return self.wrong(value, "a text is expected here");
        };
        match name.as_str() {
            "name" => item.name.clone_from(text),
            "source" => item.source = Some(text.clone()),
            "version" => item.version = Some(text.clone()),
            "reason" => item.reason = Some(text.clone()),
            unknown => self.unknown(unknown, key, &["name", "source", "version", "reason"]),
        }
    }
}

fn nearest_underscored<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let dashed: Vec<String> = known.iter().map(|word| word.replace('_', "-")).collect();
    let near = nearest(written, dashed.iter().map(String::as_str))?;
    known.iter().copied().find(|word| word.replace('_', "-") == near)
}
