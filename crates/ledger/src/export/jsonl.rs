//! The plainest form: `{"index":…,"record":…}`, where the record stands as its canonical encoding.

use super::Entry;
use super::importer::why;
use portcullis_event::{ParseError, Record, canonical};

const BEFORE_INDEX: &[u8] = br#"{"index":"#;
const BEFORE_RECORD: &[u8] = br#","record":"#;

/// A line from anywhere: white space, other members and any order are fine.
#[derive(serde::Deserialize)]
struct Line {
    index: u64,
    record: serde_json::Value,
}

pub(super) fn line(entry: &Entry) -> Result<Vec<u8>, ParseError> {
    Ok([BEFORE_INDEX, entry.index.to_string().as_bytes(), BEFORE_RECORD, &entry.record.encode()?, b"}"].concat())
}

pub(super) fn parse(line: &[u8]) -> Result<Entry, String> {
    if let Some(entry) = parse_own(line) {
        return Ok(entry);
    }
    let Line { index, record } = canonical::decode(line).map_err(why)?;
    let record = canonical::encode(&record).and_then(|bytes| Record::decode(&bytes)).map_err(why)?;
    Ok(Entry { index, record })
}

/// Reads a line that looks exactly as [`line()`] writes it: without parsing twice, and without counting the outer object
/// as one more level of nesting.
fn parse_own(line: &[u8]) -> Option<Entry> {
    let rest = line.strip_prefix(BEFORE_INDEX)?.strip_suffix(b"}")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (index, rest) = rest.split_at_checked(digits)?;
    let index = std::str::from_utf8(index).ok()?.parse().ok()?;
    let record = Record::decode(rest.strip_prefix(BEFORE_RECORD)?).ok()?;
    Some(Entry { index, record })
}
