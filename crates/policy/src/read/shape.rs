//! Holds a file against the schema that editors use: wrong keys, wrong types, wrong words. What does not fit is told and
//! cut out, so that the rest can be read.

use super::suggest::nearest;
use crate::diagnostic::Diagnostic;
use crate::schema::schema;
use crate::source::{Origin, Text};
use serde_json::Value;
use serde_spanned::Spanned;
use std::sync::Arc;
use toml::de::{DeArray, DeTable, DeValue};

/// Cuts out of `table` whatever does not fit, and tells it.
pub(crate) fn prune(text: &Arc<Text>, table: &mut DeTable<'_>, problems: &mut Vec<Diagnostic>) {
    let root = schema();
    let mut shape = Shape { text, root: &root, problems };
    shape.table(table, &root, "");
}

struct Shape<'a> {
    text: &'a Arc<Text>,
    root: &'a Value,
    problems: &'a mut Vec<Diagnostic>,
}

/// A schema without its detours: references followed, "or nothing" left out.
fn resolve<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    loop {
        let step = match (schema.get("$ref").and_then(Value::as_str), alternatives(schema).as_slice()) {
            (Some(reference), _) => reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)),
            (None, [only]) => Some(*only),
            (None, _) => None,
        };
        match step {
            Some(next) => schema = next,
            None => return schema,
        }
    }
}

fn alternatives(schema: &Value) -> Vec<&Value> {
    let all = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    all.filter(|it| it.get("type").and_then(Value::as_str) != Some("null")).collect()
}

/// The words that a schema accepts, if it accepts certain words only.
fn words(schema: &Value) -> Vec<&str> {
    let plain = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let told = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let told = told.flat_map(|it| {
        let several = it.get("enum").and_then(Value::as_array).into_iter().flatten();
        it.get("const").into_iter().chain(several)
    });
    plain.chain(told).filter_map(Value::as_str).collect()
}

/// The type that a schema wants, "or nothing" left out.
fn wanted_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn described(name: &str) -> &'static str {
    match name {
        "object" => "a table, such as `[section]` or `{ key = … }`",
        "array" => "a list, such as `[\"…\"]`",
        "string" => "a text in quotes",
        "integer" => "a whole number, not negative",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        _ => "another value",
    }
}

fn written_type(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

impl Shape<'_> {
    fn origin(&self, span: std::ops::Range<usize>) -> Origin {
        Origin::new(self.text, span)
    }

    fn table(&mut self, table: &mut DeTable<'_>, schema: &Value, path: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").filter(|it| it.is_object());
        for (key, mut value) in std::mem::take(table) {
            let name: &str = key.get_ref();
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            if let Some(schema) = properties.and_then(|all| all.get(name)).or(others) {
                if self.value(&mut value, resolve(self.root, schema), &below) {
                    table.insert(key, value);
                }
            } else {
                let known: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let problem = self.unknown_key(&key, path, &known);
                self.problems.push(problem);
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let span = table.iter().next().map_or(0..0, |(key, _)| key.span());
                let problem = Diagnostic::error(format!("`{name}` is missing"), self.origin(span), "in this table");
                self.problems.push(problem.help(format!("add `{name} = \"…\"`")));
            }
        }
    }

    fn unknown_key(&self, key: &Spanned<std::borrow::Cow<'_, str>>, path: &str, known: &[&str]) -> Diagnostic {
        let written: &str = key.get_ref();
        let title = if path.is_empty() {
            format!("there is no key or section `{written}`")
        } else {
            format!("there is no key `{written}` in `{path}`")
        };
        let problem = Diagnostic::error(title, self.origin(key.span()), "not known");
        if let Some(near) = nearest(written, known.iter().copied()) {
            return problem.help(format!("did you mean `{near}`?"));
        }
        if let Some(elsewhere) = elsewhere(self.root, written) {
            return problem.help(format!("did you mean `{elsewhere}`?"));
        }
        problem.help(format!("known here: {}", known.join(", ")))
    }

    /// Whether a value fits. A list or table may lose parts and fit then.
    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: &Value, path: &str) -> bool {
        let span = value.span();
        let several = alternatives(schema);
        let words = words(schema);
        match value.get_mut() {
            DeValue::Table(table) => {
                let of_table =
                    several.iter().map(|it| resolve(self.root, it)).find(|it| wanted_type(it) == Some("object"));
                let schema = of_table.unwrap_or(schema);
                if wanted_type(schema) == Some("object") {
                    let told = self.problems.len();
                    self.table(table, schema, path);
                    // A section may lose a key; an entry of a list that lost its name is none.
                    return of_table.is_none() || self.problems.len() == told;
                }
            }
            DeValue::Array(array) if wanted_type(schema) == Some("array") => {
                let items = schema.get("items").map(|items| resolve(self.root, items));
                for mut item in std::mem::replace(array, DeArray::new()) {
                    if items.is_none_or(|items| self.value(&mut item, items, path)) {
                        array.push(item);
                    }
                }
                return true;
            }
            DeValue::String(word) if !words.is_empty() => {
                return words.contains(&word.as_ref()) || self.wrong_word(word, span, path, &words);
            }
            DeValue::String(_) => {
                if wanted_type(schema) == Some("string") || several.iter().any(|it| wanted_type(it) == Some("string")) {
                    return true;
                }
            }
            DeValue::Integer(number) => {
                let fits = number.as_str().parse::<u64>().is_ok() || number.radix() != 10;
                if matches!(wanted_type(schema), Some("integer" | "number")) && fits {
                    return true;
                }
            }
            DeValue::Float(_) if wanted_type(schema) == Some("number") => return true,
            DeValue::Boolean(_) if wanted_type(schema) == Some("boolean") => return true,
            DeValue::Array(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
        self.wrong_type(value, schema, path, &words)
    }

    fn wrong_word(&mut self, word: &str, span: std::ops::Range<usize>, path: &str, words: &[&str]) -> bool {
        let all = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let problem =
            Diagnostic::error(format!("`{path}` can't be `{word}`"), self.origin(span), "not one of the words");
        let near =
            nearest(word, words.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        self.problems.push(problem.help(format!("{near}it can be {all}")));
        false
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, schema: &Value, path: &str, words: &[&str]) -> bool {
        let wanted = match wanted_type(schema) {
            _ if !words.is_empty() => "a word in quotes",
            Some(name) => described(name),
            None => "a text, or a table with `name`",
        };
        let origin = self.origin(value.span());
        let negative = matches!(value.get_ref(), DeValue::Integer(number) if number.as_str().starts_with('-'));
        let label =
            if negative { "this is negative".to_owned() } else { format!("this is {}", written_type(value.get_ref())) };
        let problem = Diagnostic::error(format!("`{path}` must be {wanted}"), origin, label);
        let written = self.text.written.get(value.span()).unwrap_or_default();
        let help = match (wanted_type(schema), value.get_ref()) {
            (Some("array"), DeValue::String(_)) => Some(format!("write `[{written}]`")),
            (Some("string"), DeValue::Integer(_) | DeValue::Float(_)) => {
                Some(format!("write `\"{written}\"`, with a unit if it has one"))
            }
            (Some("integer"), DeValue::String(_)) => Some("write it without quotes".to_owned()),
            _ if !words.is_empty() => Some(format!("it can be {}", words.join(", "))),
            _ => None,
        };
        self.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
        false
    }
}

/// Where else a key of that name exists.
fn elsewhere(root: &Value, written: &str) -> Option<String> {
    let sections = root.get("properties")?.as_object()?;
    sections.iter().find_map(|(section, schema)| {
        let keys = resolve(root, schema).get("properties")?.as_object()?;
        keys.contains_key(written).then(|| format!("{section}.{written}"))
    })
}
