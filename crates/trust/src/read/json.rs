//! JSON, with the comments and trailing commas that editors and agents allow.

use super::{Unreadable, is_deep};
use crate::node::{Node, Value};
use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Reads one value.
pub(crate) fn json(text: &str) -> Result<Node, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_deep(text) {
        return Err(Unreadable::Deep);
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| Unreadable::Form(error.to_string()))?;
    Ok(parsed.value.map_or(Node { span: 0..0, value: Value::Table(Vec::new()) }, |value| node(&value)))
}

fn node(value: &ast::Value<'_>) -> Node {
    let range = value.range();
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.clone().into_owned()),
        ast::Value::NumberLit(number) => Value::Text(number.value.to_owned()),
        ast::Value::BooleanLit(yes) => Value::Text(yes.value.to_string()),
        ast::Value::NullKeyword(_) => Value::Text("null".to_owned()),
        ast::Value::Array(array) => Value::List(array.elements.iter().map(node).collect()),
        ast::Value::Object(object) => Value::Table(
            object.properties.iter().map(|member| (member.name.as_str().to_owned(), node(&member.value))).collect(),
        ),
    };
    Node { span: range.start..range.end, value }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_read_and_places_are_kept() {
        let text = "{ // a\n \"a\": [\"x\", 2,], }";
        let node = json(text).unwrap();
        let list = node.get("a").unwrap();
        assert_eq!(list.items()[0].text(), Some("x"));
        assert_eq!(&text[list.items()[0].span.clone()], "\"x\"");
    }

    #[test]
    fn what_is_deep_is_refused_before_anything_recurses() {
        assert_eq!(json(&"[".repeat(100_000)), Err(Unreadable::Deep));
        assert!(matches!(json("{"), Err(Unreadable::Form(_))));
    }
}
