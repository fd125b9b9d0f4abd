//! The hash of what a tool says of itself. A description that changes after somebody approved it is another tool.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What of a tool is meant to be the same tomorrow. Anything else in it, such as a `_meta`, is not shown to a model.
const PARTS: [&str; 6] = ["annotations", "description", "inputSchema", "name", "outputSchema", "title"];

/// Separates this hash from every other one.
const DOMAIN: &[u8] = b"portcullis tool schema v1\0";

/// Nothing that a server sends is nested deeper; a reader of JSON stops earlier.
const DEEPEST: usize = 256;

/// SHA-256 of a tool's name, title, description, schemas and annotations, whatever order its members are written in.
pub fn schema_hash(tool: &Value) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(DOMAIN);
    for part in PARTS {
        match tool.get(part) {
            Some(value) => {
                text(part, &mut hash);
                write(value, 0, &mut hash);
            }
            None => hash.update(b"-"),
        }
    }
    hash.finalize().into()
}

fn text(text: &str, hash: &mut Sha256) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

fn write(value: &Value, depth: usize, hash: &mut Sha256) {
    match value {
        _ if depth > DEEPEST => hash.update(b"deep"),
        Value::Null => hash.update(b"z"),
        Value::Bool(yes) => hash.update(if *yes { b"t" } else { b"f" }),
        Value::Number(number) => {
            hash.update(b"n");
            text(&number.to_string(), hash);
        }
        Value::String(string) => {
            hash.update(b"s");
            text(string, hash);
        }
        Value::Array(items) => {
            hash.update(b"a");
            hash.update((items.len() as u64).to_be_bytes());
            for item in items {
                write(item, depth + 1, hash);
            }
        }
        Value::Object(members) => {
            hash.update(b"o");
            hash.update((members.len() as u64).to_be_bytes());
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            for name in names {
                text(name, hash);
                if let Some(value) = members.get(name) {
                    write(value, depth + 1, hash);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_order_of_members_and_what_no_model_sees_change_nothing() {
        let one =
            json!({"name": "a", "description": "d", "inputSchema": {"type": "object", "properties": {"x": 1, "y": 2}}});
        let other: Value = serde_json::from_str(
            r#"{"_meta": 7, "inputSchema": {"properties": {"y": 2, "x": 1}, "type": "object"}, "description": "d", "name": "a"}"#,
        )
        .unwrap();
        assert_eq!(schema_hash(&one), schema_hash(&other));
    }

    #[test]
    fn every_part_that_a_model_sees_counts() {
        let base = json!({"name": "a", "description": "d", "inputSchema": {}, "annotations": {"readOnlyHint": true}});
        let others = [
            json!({"name": "b", "description": "d", "inputSchema": {}, "annotations": {"readOnlyHint": true}}),
            json!({"name": "a", "description": "d ", "inputSchema": {}, "annotations": {"readOnlyHint": true}}),
            json!({"name": "a", "description": "d", "inputSchema": {"x": null}, "annotations": {"readOnlyHint": true}}),
            json!({"name": "a", "description": "d", "inputSchema": {}, "annotations": {"readOnlyHint": false}}),
            json!({"name": "a", "description": "d", "inputSchema": {}}),
            json!({"name": "a", "description": "d", "inputSchema": {}, "annotations": {"readOnlyHint": true}, "title": ""}),
        ];
        for other in others {
            assert_ne!(schema_hash(&base), schema_hash(&other), "{other}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-c]{0,2}", inner, 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn two_schemas_that_differ_have_two_hashes(one in value(), other in value()) {
            let hash = |schema: &Value| schema_hash(&json!({"name": "t", "inputSchema": schema}));
            prop_assert_eq!(hash(&one) == hash(&other), one == other);
        }
    }
}
