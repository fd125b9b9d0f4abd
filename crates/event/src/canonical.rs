//! The canonical encoding: one value, one sequence of bytes.
//!
//! JSON in UTF-8 without white space, object keys in order of their code points, no duplicate keys, absent instead of
//! null or empty where a field is optional. Our own numbers are integers below 2^53, which every JSON reader keeps
//! exactly. It is the common subset of RFC 8785 (JCS) and what `jq -cS` prints, so anyone can check a hash by hand.

use crate::ParseError;
use serde::Serialize;

/// Encodes a value. Equal values give equal bytes, whatever the order in which their fields were declared.
pub fn encode(value: &impl Serialize) -> Result<Vec<u8>, ParseError> {
    // `Value` keeps objects in a B-tree, which is what sorts the keys.
    let tree = serde_json::to_value(value).map_err(|error| ParseError::Record(error.to_string()))?;
    serde_json::to_vec(&tree).map_err(|error| ParseError::Record(error.to_string()))
}
