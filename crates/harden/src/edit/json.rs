//! JSON, with comments where their owner put some.

use super::{NotEditable, Path, shown};
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A list with more elements than this gets a line for each.
const MANY: usize = 4;

/// A document, and the text that it came from until it is changed.
#[derive(Debug, Clone)]
pub(super) struct Json {
    text: String,
    dialect: Dialect,
}

/// What its reader knows beyond JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Strict,
    Comments,
    CommentsAndCommas,
}

fn options(dialect: Dialect) -> ParseOptions {
    ParseOptions {
        allow_comments: dialect != Dialect::Strict,
        allow_trailing_commas: dialect == Dialect::CommentsAndCommas,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

impl Json {
    pub(super) fn read(text: &str, dialect: Dialect) -> Result<Self, NotEditable> {
        let text = if text.trim().is_empty() { "{}\n".to_owned() } else { text.to_owned() };
        if dialect == Dialect::Strict {
            // The reader of trees lets comments pass; a tool that knows none ignores all of such a file.
            let strict: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&text);
            strict.map_err(|error| NotEditable::Unreadable { format: "JSON", why: error.to_string() })?;
        }
        let json = Self { text, dialect };
        json.object()?;
        Ok(json)
    }

    pub(super) fn text(&self) -> String {
        self.text.clone()
    }

    fn tree(&self) -> Result<CstRootNode, NotEditable> {
        CstRootNode::parse(&self.text, &options(self.dialect))
            .map_err(|error| NotEditable::Unreadable { format: "JSON", why: error.to_string() })
    }

    fn object(&self) -> Result<(CstRootNode, CstObject), NotEditable> {
        let root = self.tree()?;
        let object = root.object_value().ok_or_else(|| NotEditable::Other("the whole".to_owned()))?;
        once(&object)?;
        Ok((root, object))
    }

    pub(super) fn whole(&self) -> Result<Value, NotEditable> {
        let (root, _) = self.object()?;
        root.value().map_or(Ok(Value::Null), |node| value(&node))
    }

    pub(super) fn get(&self, path: Path<'_>) -> Result<Option<Value>, NotEditable> {
        let (_, object) = self.object()?;
        let Some((last, before)) = path.split_last() else { return Ok(None) };
        let mut here = object;
        for name in before {
            let Some(property) = here.get(name) else { return Ok(None) };
            here = property.object_value().ok_or_else(|| NotEditable::Other(shown(path)))?;
            once(&here)?;
        }
        let Some(node) = here.get(last).and_then(|it| it.value()) else { return Ok(None) };
        value(&node).map(Some)
    }

    pub(super) fn set(&mut self, path: Path<'_>, value: &Value) -> Result<(), NotEditable> {
        let (root, object) = self.object()?;
        let Some((last, before)) = path.split_last() else { return Err(NotEditable::Other(shown(path))) };
        let here = folder(&object, before, path)?;
        match here.get(last) {
            Some(property) => property.set_value(input(value)),
            None => drop(here.append(last, input(value))),
        }
        self.text = root.to_string();
        Ok(())
    }

    pub(super) fn append(&mut self, path: Path<'_>, items: &[Value]) -> Result<(), NotEditable> {
        let (root, array) = self.array(path)?;
        for item in items {
            array.append(input(item));
        }
        if array.elements().len() > MANY {
            array.ensure_multiline();
        }
        self.text = root.to_string();
        Ok(())
    }

    pub(super) fn keep(&mut self, path: Path<'_>, items: &[Value]) -> Result<(), NotEditable> {
        let (root, array) = self.array(path)?;
        for node in array.elements() {
            if !items.contains(&value(&node)?) {
                node.remove();
            }
        }
        self.text = root.to_string();
        Ok(())
    }

    fn array(&self, path: Path<'_>) -> Result<(CstRootNode, CstArray), NotEditable> {
        let (root, object) = self.object()?;
        let other = || NotEditable::Other(shown(path));
        let (last, before) = path.split_last().ok_or_else(other)?;
        let here = folder(&object, before, path)?;
        let array = here.array_value_or_create(last).ok_or_else(other)?;
        Ok((root, array))
    }
}

/// The object at the end of a way, made if it is not there yet.
fn folder(object: &CstObject, names: &[String], path: Path<'_>) -> Result<CstObject, NotEditable> {
    let mut here = object.clone();
    for name in names {
        here = here.object_value_or_create(name).ok_or_else(|| NotEditable::Other(shown(path)))?;
        once(&here)?;
    }
    Ok(here)
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

/// A node as a value.
fn value(node: &CstNode) -> Result<Value, NotEditable> {
    let odd = || NotEditable::Other(node.to_string().chars().take(40).collect());
    if let Some(object) = node.as_object() {
        once(&object)?;
        let members = object.properties().into_iter().map(|it| {
            let name = it.decoded_name().ok_or_else(odd)?;
            Ok((name, value(&it.value().ok_or_else(odd)?)?))
        });
        return Ok(Value::Object(members.collect::<Result<Map<String, Value>, NotEditable>>()?));
    }
    if let Some(array) = node.as_array() {
        return Ok(Value::Array(array.elements().iter().map(value).collect::<Result<_, _>>()?));
    }
    if let Some(text) = node.as_string_lit() {
        return text.decoded_value().map(Value::String).map_err(|_| odd());
    }
    serde_json::from_str(&node.to_string()).map_err(|_| odd())
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
