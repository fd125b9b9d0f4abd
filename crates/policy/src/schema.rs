//! The JSON Schema of `portcullis.toml`, for editors, and for finding what is wrong with a file.

use crate::config::Config;
use serde_json::Value;

/// The schema. Its descriptions are the comments of the keys.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Config);
    schema.insert("title".to_owned(), "Portcullis policy".into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undescribed(schema: &Value, path: &str, out: &mut Vec<String>) {
        let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
        for (name, definition) in definitions {
            undescribed(definition, name, out);
        }
        for (key, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = format!("{path}.{key}");
            if value.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
                out.push(path.clone());
            }
            undescribed(value, &path, out);
        }
    }

    #[test]
    fn every_key_is_described() {
        let schema = schema();
        let mut out = Vec::new();
        undescribed(&schema, "", &mut out);
        assert_eq!(out, Vec::<String>::new());
    }
}
