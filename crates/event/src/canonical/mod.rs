//! The canonical encoding: one value, one sequence of bytes.
//!
//! JSON in UTF-8 without white space, object keys in order of their code points, no duplicate keys, absent instead of
//! null or empty where a field is optional. For what this version writes, which has no fractions, it is the common
//! subset of RFC 8785 (JCS) and what `jq -cS` prints, so anyone can check a hash by hand.
//!
//! Integers are written in full, and read back exactly up to 64 bits. What our own gates measure stays far below 2^53
//! (nine petabytes, 285 years in microseconds), which every JSON reader keeps exactly. What a stranger *claims*, such
//! as the token count in a model's reply, can be larger: it is written as claimed, because refusing it would let that
//! stranger prevent the record. A reader that keeps numbers as floating point may round it; the bytes stay the same.
//!
//! The encoder does not go through [`serde_json::Value`], whose order of keys depends on which features some other
//! crate of the program switched on.

mod encoder;
mod strict;

use crate::ParseError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How many arrays and objects may lie within each other, both when writing and when reading.
pub const DEEPEST: usize = 127;

/// Encodes a value. Equal values give equal bytes, whatever the order in which their fields were declared.
///
/// Refused are: two members of the same name in one object, nesting deeper than [`DEEPEST`], numbers that are not
/// finite, and names that are not strings.
pub fn encode(value: &impl Serialize) -> Result<Vec<u8>, ParseError> {
    encoder::encode(value)
}

/// Reads canonical bytes, or any JSON with the same meaning. It must have *one* meaning: where a name occurs twice in an
/// object, two readers could see two different records, so it is refused at every level.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ParseError> {
    strict::check(bytes)?;
    Ok(serde_json::from_slice(bytes)?)
}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        Self::Record(error.to_string())
    }
}

impl serde::ser::Error for ParseError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Record(message.to_string())
    }
}
