//! Fields that this version does not know. They are carried along untouched, so that a record written by a newer
//! Portcullis keeps its meaning, and its hash, when an older one passes it on.
//!
//! The few shapes that have no such place (a span, a policy line, an obligation, omitted content) are closed: a record
//! in which one of them has an unknown field is refused. Nothing is ever dropped in silence.

use std::collections::BTreeMap;

/// Unknown fields of an object, by name. Filled by reading a record; encoding refuses one that repeats a known field.
pub type Rest = BTreeMap<String, serde_json::Value>;
