//! Fields that this version does not know. They are carried along untouched, so that a record written by a newer
//! Portcullis keeps its meaning, and its hash, when an older one passes it on.

use std::collections::BTreeMap;

/// Unknown fields of an object, by name.
pub type Rest = BTreeMap<String, serde_json::Value>;
