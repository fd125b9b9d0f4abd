//! TOML.

use super::{Unreadable, is_deep};
use crate::node::{Node, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a document.
pub(crate) fn toml(text: &str) -> Result<Node, Unreadable> {
    if is_deep(text) {
        return Err(Unreadable::Deep);
    }
    let table = DeTable::parse(text).map_err(|error| Unreadable::Form(error.message().to_owned()))?;
    let span = table.span();
    Ok(Node { span, value: of_table(table.get_ref()) })
}

fn of_table(table: &DeTable<'_>) -> Value {
    Value::Table(table.iter().map(|(key, value)| (key.get_ref().to_string(), node(value))).collect())
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let of = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Text(number.to_string()),
        DeValue::Boolean(yes) => Value::Text(yes.to_string()),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(array) => Value::List(array.iter().map(node).collect()),
        DeValue::Table(table) => of_table(table),
    };
    Node { span: value.span(), value: of }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn tables_and_their_places_are_read() {
        let text = "[mcp_servers.x]\ncommand = \"npx\"\nargs = [\"-y\", \"pkg\"]\n";
        let node = toml(text).unwrap();
        let server = node.get("mcp_servers").unwrap().get("x").unwrap();
        assert_eq!(server.get("args").unwrap().items()[1].text(), Some("pkg"));
        assert_eq!(&text[server.get("command").unwrap().span.clone()], "\"npx\"");
        assert!(toml("a = ").is_err());
    }
}
