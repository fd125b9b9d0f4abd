//! Makes a record fit. An entry of a tile-based log takes 65,535 bytes at most; a command line can be longer.
//!
//! The longest texts are cut and say so: what was kept, how long it was, and the SHA-256 of the whole. An agent can't
//! avoid being recorded by being verbose.

use crate::error::LedgerError;
use portcullis_event::{Record, canonical, hex};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Largest entry that the tile format can carry.
pub(crate) const LIMIT: usize = 65_535;

/// What is kept of a text, tried from the most to the least.
const KEPT: [usize; 4] = [8192, 1024, 128, 16];

/// How many elements of a list are kept when even short texts are too many.
const ELEMENTS: usize = 64;

/// The canonical bytes of `record`, shortened if they would not fit.
pub(crate) fn encode(record: &Record) -> Result<Vec<u8>, LedgerError> {
    let bytes = record.encode()?;
    if bytes.len() <= LIMIT {
        return Ok(bytes);
    }
    let mut tree: Value =
        serde_json::from_slice(&bytes).map_err(|error| portcullis_event::ParseError::Record(error.to_string()))?;
    for kept in KEPT {
        shorten(&mut tree, kept, usize::MAX);
        let bytes = canonical::encode(&tree)?;
        if bytes.len() <= LIMIT {
            return readable(bytes);
        }
    }
    shorten(&mut tree, 16, ELEMENTS);
    let bytes = canonical::encode(&tree)?;
    if bytes.len() <= LIMIT { readable(bytes) } else { Err(LedgerError::TooLarge { size: bytes.len(), limit: LIMIT }) }
}

/// Only what reads back as a record is written.
fn readable(bytes: Vec<u8>) -> Result<Vec<u8>, LedgerError> {
    Record::decode(&bytes)?;
    Ok(bytes)
}

fn shorten(value: &mut Value, kept: usize, elements: usize) {
    match value {
        Value::String(text) => shorten_text(text, kept),
        Value::Array(list) => {
            let digest =
                (list.len() > elements).then(|| hex::encode(&Sha256::digest(Value::Array(list.clone()).to_string())));
            let left_out = list.len().saturating_sub(elements);
            list.truncate(elements);
            if let (Some(digest), Some(Value::String(_))) = (digest, list.first()) {
                list.push(Value::String(format!("[{left_out} more, sha256 of all {digest}]")));
            }
            for element in list {
                shorten(element, kept, elements);
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| shorten(field, kept, elements)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn shorten_text(text: &mut String, kept: usize) {
    let note_length = 110;
    if text.len() <= kept + note_length {
        return;
    }
    let note = match text.rfind("[cut, ") {
        // Cut before, with a milder limit: keep that note, which speaks of the whole.
        Some(at) if text.ends_with(']') => text.get(at..).unwrap_or_default().to_owned(),
        _ => format!("[cut, {} bytes, sha256 {}]", text.len(), hex::encode(&Sha256::digest(text.as_bytes()))),
    };
    let end = (0..=kept).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text.truncate(end);
    text.push_str(&note);
}
