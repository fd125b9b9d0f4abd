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

/// Reads JSON that has *one* meaning: where a name occurs twice in an object, two readers could see two different things,
/// so it is refused at every level.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ParseError> {
    strict::check(bytes)?;
    Ok(serde_json::from_slice(bytes)?)
}

/// Reads canonical bytes, or JSON that differs from them only in white space, escapes, and the order of members. What
/// would be written back in any other way (a null where a field is absent, a host in capitals, an array where an object
/// belongs, a field that the type has no place for) is refused: carrying it along would change its hash.
pub fn decode_exactly<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, ParseError> {
    let value: T = serde_json::from_slice(bytes)?;
    let written = encode(&value)?;
    // The encoder never writes a name twice, so bytes that are equal to its output need no other check.
    if written != bytes && written != encode(&decode::<serde_json::Value>(bytes)?)? {
        return Err(ParseError::Record("this version would write it back in another way".to_owned()));
    }
    Ok(value)
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
