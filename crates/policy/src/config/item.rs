//! One entry of a list: a text, or a table that says more about it.

use super::at::At;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// An entry of a list, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) source: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A list.
pub(crate) type Items = At<Vec<At<Item>>>;

/// An entry that says more than a name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Entry")]
struct Table {
    /// What is meant: a name or a pattern, as in the short form. A leading `!` takes an entry of the preset off the list.
    name: String,
    /// Where it must come from, such as a registry or a repository.
    source: Option<String>,
    /// Which versions are meant, such as `>=2.0.0, <3`.
    version: Option<String>,
    /// Why; it is shown when this entry decides.
    reason: Option<String>,
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table with `name`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Item, E> {
                Ok(Item { name: name.to_owned(), ..Item::default() })
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Item, M::Error> {
                let Table { name, source, version, reason } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Item { name, source, version, reason })
            }
        }

        deserializer.deserialize_any(Entry)
    }
}

impl JsonSchema for Item {
    fn schema_name() -> Cow<'static, str> {
        "Item".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Table>();
        json_schema!({
            "description": "A name or pattern, or a table that says more about it.",
            "anyOf": [{ "type": "string" }, table],
        })
    }
}
