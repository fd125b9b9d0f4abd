//! Texts of a prompt in which files may stand: what came of calls of tools, what the user said, what the model is told to go by.
//! Which files they are is for whoever knows the tools to say; here is where each text stands, and how it left.

use super::memo::{Key, key_of_texts};
use crate::json::{Document, Value};
use crate::wire::{Called, Request, ToolResult};
use std::collections::HashSet;
use std::ops::Range;

/// Members of a block that say what it is, and nothing of what is in it.
const ABOUT: [&str; 9] =
    ["type", "id", "name", "status", "media_type", "mimeType", "mime_type", "tool_use_id", "cache_control"];

/// A prompt before and after something was replaced in it.
#[derive(Debug)]
pub(super) struct BothWays<'a> {
    pub(super) before: &'a Document<'a>,
    /// None if nothing was replaced. INVARIANT: strings take the place of strings, so a node has the same number in both.
    pub(super) after: Option<Document<'a>>,
    /// The numbers of strings that words of ours stand for.
    pub(super) withheld: HashSet<usize>,
}

/// A text of a prompt in which files may stand.
#[derive(Debug, Clone)]
pub struct Carried<'a> {
    prompt: &'a BothWays<'a>,
    nodes: Range<usize>,
    result: Option<&'a ToolResult>,
}

/// Every such text, in no order.
pub(super) fn all<'a>(prompt: &'a BothWays<'a>, request: &'a Request) -> Vec<Carried<'a>> {
    let results = request.results.iter().map(|result| (result.nodes.clone(), Some(result)));
    let texts = request.told.iter().chain(&request.said).map(|nodes| (nodes.clone(), None));
    results.chain(texts).map(|(nodes, result)| Carried { prompt, nodes, result }).collect()
}

impl Carried<'_> {
    /// What it is: the same for the same text of the same call.
    pub fn key(&self) -> Key {
        key_of_texts(&[self.tool(), self.input(), Some(self.prompt.before.value(self.nodes.start).raw())])
    }

    /// The tool that it came of, if it came of one and the conversation tells the call.
    pub fn tool(&self) -> Option<&str> {
        self.called().map(|called| called.name.as_str())
    }

    /// What the tool was given: JSON, or the text of a tool that takes one.
    pub fn input(&self) -> Option<&str> {
        self.called().and_then(|called| called.input.as_deref())
    }

    /// Whether it came of a tool, told or not.
    pub fn is_result(&self) -> bool {
        self.result.is_some()
    }

    /// Whether the conversation says that the call has failed.
    pub fn has_failed(&self) -> bool {
        self.result.is_some_and(|result| result.failed)
    }

    /// The text as it came.
    pub fn before(&self) -> String {
        self.text(self.prompt.before)
    }

    /// The text as it left, without what was withheld.
    pub fn after(&self) -> String {
        self.text(self.prompt.after.as_ref().unwrap_or(self.prompt.before))
    }

    fn called(&self) -> Option<&Called> {
        self.result.and_then(|result| result.called.as_ref())
    }

    fn text(&self, document: &Document<'_>) -> String {
        let mut parts = Vec::new();
        self.gather(document.value(self.nodes.start), &mut parts);
        parts.join("\n")
    }

    fn gather(&self, value: Value<'_>, parts: &mut Vec<String>) {
        if let Some(text) = value.text() {
            if !self.prompt.withheld.contains(&value.numbers().start) {
                parts.push(text.into_owned());
            }
            return;
        }
        value.items().for_each(|item| self.gather(item, parts));
        let members = value.members().filter(|(name, _)| !ABOUT.contains(&&**name));
        members.for_each(|(_, member)| self.gather(member, parts));
    }
}
