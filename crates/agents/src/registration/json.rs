//! Settings in JSON, with comments where their owner put some, and a hook put in or taken out.

use super::Entry;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode};
use serde_json::Value;
use std::collections::BTreeSet;

/// Nobody nests settings deeper, and a reader that follows would run out of stack.
const DEEPEST: usize = 256;

/// Why settings can't be changed. They are left as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    /// They are no JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// Something stands in them twice, and readers differ in which of the two they believe.
    #[error("`{0}` stands in it twice")]
    Twice(String),
    /// They switch all hooks off.
    #[error("`{0}` in it switches every hook off")]
    Off(&'static str),
    /// They are nested too deeply.
    #[error("it is nested deeper than any settings")]
    Deep,
    /// Something else stands where hooks belong.
    #[error("`{0}` in it is not what the agent expects there")]
    Other(String),
}

/// The settings with every entry in them, once.
pub(super) fn with(text: &str, entries: &[Entry], version: Option<u8>) -> Result<String, NotEditable> {
    let blank = text.trim().is_empty();
    let root = parse(if blank { "{}\n" } else { text })?;
    let object = root.object_value().ok_or_else(|| NotEditable::Other("the whole".to_owned()))?;
    if let Some(version) = version
        && object.get("version").is_none()
    {
        object.append("version", CstInputValue::Number(version.to_string()));
    }
    once(&object)?;
    if let Some(off) = OFF.iter().find(|name| is_on(&object, name)) {
        return Err(NotEditable::Off(off));
    }
    let hooks = object.object_value_or_create("hooks").ok_or_else(|| NotEditable::Other("hooks".to_owned()))?;
    once(&hooks)?;
    for entry in entries {
        let array = hooks
            .array_value_or_create(entry.event)
            .ok_or_else(|| NotEditable::Other(format!("hooks.{}", entry.event)))?;
        put(&array, entry);
    }
    Ok(root.to_string())
}

/// What switches hooks off if it is true.
const OFF: [&str; 1] = ["disableAllHooks"];

fn is_on(object: &CstObject, name: &str) -> bool {
    object.get(name).and_then(|it| it.value()?.as_boolean_lit()).is_some_and(|it| it.value())
}

/// That no member of an object stands twice: the one that is changed would not be the one that is read.
fn once(object: &CstObject) -> Result<(), NotEditable> {
    let mut seen = BTreeSet::new();
    for name in object.properties().iter().filter_map(CstObjectProp::decoded_name) {
        if !seen.insert(name.clone()) {
            return Err(NotEditable::Twice(name));
        }
    }
    Ok(())
}

/// Puts an entry where one of ours is, or else at the end.
fn put(array: &CstArray, entry: &Entry) {
    let ours: Vec<CstNode> = array.elements().into_iter().filter(|it| is_ours(it, entry)).collect();
    let is_same = |node: &CstNode| node_value(node).as_ref() == Some(&entry.value);
    if let [only] = ours.as_slice()
        && is_same(only)
    {
        return;
    }
    let at = ours.first().and_then(CstNode::element_index);
    for node in ours {
        node.remove();
    }
    match at {
        Some(at) => array.insert(at, input(&entry.value)),
        None => array.append(input(&entry.value)),
    };
}

/// The settings without our entries; an event that has no others goes as well, and so does `hooks` if nothing is left.
pub(super) fn without(text: &str, entries: &[Entry]) -> Result<String, NotEditable> {
    let root = parse(text)?;
    let Some(hooks) = root.object_value().and_then(|object| object.object_value("hooks")) else {
        return Ok(text.to_owned());
    };
    let mut changed = false;
    for entry in entries {
        let Some(array) = hooks.array_value(entry.event) else { continue };
        for node in array.elements().into_iter().filter(|it| is_ours(it, entry)) {
            node.remove();
            changed = true;
        }
        if changed && array.elements().is_empty() {
            remove(&hooks, entry.event);
        }
    }
    if !changed {
        return Ok(text.to_owned());
    }
    if hooks.properties().is_empty()
        && let Some(object) = root.object_value()
    {
        remove(&object, "hooks");
    }
    Ok(root.to_string())
}

fn remove(object: &CstObject, name: &str) {
    if let Some(property) = object.get(name) {
        property.remove();
    }
}

fn parse(text: &str) -> Result<CstRootNode, NotEditable> {
    // Brackets within strings are counted as well, which only makes it stricter.
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(NotEditable::Deep);
        }
    }
    CstRootNode::parse(text, &ParseOptions::default()).map_err(|error| NotEditable::Json(error.to_string()))
}

/// Whether an element of an event's list is one that we wrote, by any program's path: it ends in our words.
fn is_ours(node: &CstNode, entry: &Entry) -> bool {
    let Some(tail) = entry.command.find(" hook ").and_then(|at| entry.command.get(at..)) else { return false };
    let mut left = vec![node.clone()];
    while let Some(node) = left.pop() {
        if let Some(text) = node.as_string_lit().and_then(|it| it.decoded_value().ok())
            && text.ends_with(tail)
            && text.contains("portcullis")
        {
            return true;
        }
        left.extend(node.children_exclude_trivia_and_tokens());
    }
    false
}

/// An element as a value, if it is plain JSON.
fn node_value(node: &CstNode) -> Option<Value> {
    serde_json::from_str(&node.to_string()).ok()
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(entries) => {
            CstInputValue::Object(entries.iter().map(|(name, inner)| (name.clone(), input(inner))).collect())
        }
    }
}
