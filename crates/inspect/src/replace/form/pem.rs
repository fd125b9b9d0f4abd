//! Keys between the lines that begin and end them: those lines stay.

use super::Stream;
use crate::replace::form::LONGEST;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The first line up to its last hyphen, the last line, and what follows it.
struct Frame<'v> {
    begin: &'v str,
    end: &'v str,
}

/// Whether this begins and ends as a key does.
pub(super) fn fits(value: &str) -> bool {
    frame(value).is_some()
}

fn frame(value: &str) -> Option<Frame<'_>> {
    let label_end = value.strip_prefix(BEGIN)?.find(DASHES)? + BEGIN.len() + DASHES.len();
    let begin = value.get(..label_end)?;
    let end = value.get(value.rfind(END)?..)?;
    let label = begin.get(BEGIN.len()..begin.len().checked_sub(DASHES.len())?)?;
    let closes = end.strip_prefix(END)?.strip_prefix(label)?.trim_end() == DASHES;
    let is_apart = value.len() > begin.len() + end.len();
    (closes
        && is_apart
        && begin.len() + end.len() + MOST_KEY + 2 <= LONGEST
        && label.ends_with(|c: char| c.is_ascii_alphanumeric()))
    .then_some(Frame { begin, end })
}

/// How much stands between the lines: 99 bits.
const MOST_KEY: usize = 21;

/// Between the lines stands what nobody can guess.
pub(super) fn make(value: &str, stream: &mut Stream<'_>) -> String {
    let key = stream.word(MOST_KEY);
    match frame(value) {
        Some(Frame { begin, end }) => format!("{begin}\n{key}\n{end}"),
        None => key,
    }
}
