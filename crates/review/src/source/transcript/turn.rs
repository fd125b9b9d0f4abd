//! One turn of a session: a JSON value, as the text that it says.
//!
//! Strings are taken out of their quotes and escapes, and strings that hold JSON once more, so that a secret is in one
//! piece whatever it went through. Names stay beside their values, because a name can be what tells that one is a secret.

use serde_json::Value;

/// Strings of JSON in strings of JSON are followed so deep.
const DEPTH: usize = 6;

/// What a turn says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The text that it says.
    pub(crate) text: String,
    /// The session, if it names it.
    pub(crate) session: Option<String>,
    /// Who speaks.
    pub(crate) role: Option<String>,
}

impl Turn {
    /// Reads a turn.
    pub(crate) fn of(value: &Value) -> Self {
        let mut text = String::new();
        say(None, value, DEPTH, &mut text);
        // What is inside says more: outside stands which kind of record it is.
        let inner = ["message", "payload", "data"].iter().filter_map(|name| value.get(name));
        let places: Vec<&Value> = inner.chain(std::iter::once(value)).collect();
        let one = |name: &str| {
            let found = places.iter().filter_map(|place| place.get(name)?.as_str());
            found.filter(|found| !found.is_empty()).map(str::to_owned).next()
        };
        let named = |names: &[&str]| names.iter().find_map(|name| one(name));
        let session = named(&["sessionId", "session_id", "sessionID", "conversation_id", "threadId"]);
        Self { text, session, role: named(&["role", "type", "kind"]) }
    }
}

/// Appends what a value says. A value with a name stands behind it.
fn say(name: Option<&str>, value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => match nested(text, depth) {
            Some(inner) => say(name, &inner, depth - 1, out),
            None => line(name, text, out),
        },
        Value::Array(values) => values.iter().for_each(|value| say(name, value, depth, out)),
        Value::Object(values) => values.iter().for_each(|(name, value)| {
            // A name can be what leaks, too.
            if !matches!(value, Value::String(_)) {
                line(None, name, out);
            }
            say(Some(name), value, depth, out);
        }),
    }
}

fn line(name: Option<&str>, text: &str, out: &mut String) {
    // What goes over lines is a text of its own.
    match name.filter(|_| !text.contains('\n')) {
        Some(name) => out.extend([name, " = \"", text, "\"\n"]),
        None => out.extend([text, "\n"]),
    }
}

/// The value that a string holds, if it holds an object or a list.
fn nested(text: &str, depth: usize) -> Option<Value> {
    let looks_like = depth > 0 && text.trim_start().starts_with(['{', '[']) && text.trim_end().ends_with(['}', ']']);
    let value = if looks_like { serde_json::from_str::<Value>(text).ok()? } else { return None };
    (value.is_object() || value.is_array()).then_some(value)
}

/// The turns of a document: the elements of its longest list of objects, or the whole document.
pub(crate) fn turns(document: &Value) -> Vec<&Value> {
    let lists = match document {
        Value::Array(_) => vec![document],
        Value::Object(fields) => fields.values().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let of_objects = |list: &Vec<Value>| !list.is_empty() && list.iter().all(Value::is_object);
    let longest =
        lists.into_iter().filter_map(Value::as_array).filter(|list| of_objects(list)).max_by_key(|list| list.len());
    longest.map_or_else(|| vec![document], |list| list.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_in_one_piece_whatever_it_went_through() {
        let inner = json!({"command": "export A=\"sec\u{0}ret\"\nnext"}).to_string();
        let middle = json!({"arguments": inner}).to_string();
        let turn = Turn::of(&json!({"session_id": "s", "payload": {"role": "assistant", "input": middle}}));
        assert_eq!((turn.session.as_deref(), turn.role.as_deref()), (Some("s"), Some("assistant")));
        assert!(turn.text.contains("export A=\"sec\u{0}ret\"\nnext\n"), "{:?}", turn.text);
    }

    #[test]
    fn names_stay_beside_their_values_and_count_themselves() {
        let turn = Turn::of(&json!({"a-name": {"b": 1}, "list": ["1", "2"], "password": "x y"}));
        assert_eq!(turn.text, "a-name\nb\nlist\nlist = \"1\"\nlist = \"2\"\npassword = \"x y\"\n");
    }

    #[test]
    fn finds_the_list_that_holds_the_turns() {
        let document = json!({"id": 1, "tags": ["a"], "messages": [{"role": "user"}, {"role": "model"}], "few": [{}]});
        assert_eq!(turns(&document).len(), 2);
        assert_eq!(turns(&json!([{"a": 1}])).len(), 1);
        assert_eq!(turns(&json!({"a": 1})), [&json!({"a": 1})]);
    }
}
