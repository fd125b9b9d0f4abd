//! Texts of a prompt in which files may stand: what came of calls of tools, what the user said, what the model is told to go by.
//! Which files they are is for whoever knows the tools to say; here is where each text stands, and how it left.

use super::memo::{Key, key_of_texts};
use crate::json::{Document, Value};
use crate::wire::{Called, Request, ToolResult};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Members of a block that say what it is, and nothing of what is in it.
const ABOUT: [&str; 9] =
    ["type", "id", "name", "status", "media_type", "mimeType", "mime_type", "tool_use_id", "cache_control"];

/// A prompt before and after something was replaced in it.
#[derive(Debug)]
pub(super) struct BothWays<'a> {
    before: &'a Document<'a>,
    /// As it leaves.
    leaves: &'a str,
    /// The same, once somebody wants to read it; most prompts bring nothing new. INVARIANT: strings take the place of strings, so a
    /// node has the same number in both.
    after: OnceCell<Option<Document<'a>>>,
    /// The numbers of strings that words of ours stand for.
    withheld: HashSet<usize>,
    /// What some texts are, by their first nodes.
    keys: HashMap<usize, Key>,
}

impl<'a> BothWays<'a> {
    pub(super) fn new(
        before: &'a Document<'a>,
        leaves: &'a str,
        withheld: HashSet<usize>,
        keys: HashMap<usize, Key>,
    ) -> Self {
        Self { before, leaves, after: OnceCell::new(), withheld, keys }
    }

    fn after(&self) -> Option<&Document<'a>> {
        if self.leaves == self.before.source() {
            return Some(self.before);
        }
        self.after.get_or_init(|| Document::read(self.leaves).ok()).as_ref()
    }
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
        let known = self.prompt.keys.get(&self.nodes.start).copied();
        known.unwrap_or_else(|| {
            key_of_texts(&[self.tool(), self.input(), Some(self.prompt.before.value(self.nodes.start).raw())])
        })
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
        self.prompt.after().map(|document| self.text(document)).unwrap_or_default()
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
