//! String literals that source code puts together: `"ab" + "cd"`, `"ab" "cd"`, `'ab' . 'cd'`, over lines as well. Only where
//! the two sides of a joint touch like parts of one word: a sentence that was broken at a space hides nothing.

use super::super::Step;
use super::super::map::Map;
use super::{Emit, Found, Place, Surroundings};
use std::ops::Range;

/// Longest literal, and most bytes between two of them.
const LONGEST: usize = 2048;
const LONGEST_JOINT: usize = 128;
/// How far a literal and its joints lie from any of their bytes.
pub(in crate::decode) const REACH: usize = 2 * (LONGEST + LONGEST_JOINT);
/// Most literals that are put together at once.
const MOST: usize = 4096;

/// What stands between two literals, the longer ones first. A comma is no such thing.
const OPERATORS: [&[u8]; 7] = [b"..", b".", b"++", b"+", b"<>", b"||", b"&"];

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    let Some(quote) = place.byte(place.at) else { return place.at + 1 };
    let Some(next) = joint(place.text, place.at, quote) else { return place.at + 1 };
    let first = start_of_literal(place, quote)..place.at;
    let Some(mut end) = end_of_literal(place.text, next, quote) else { return place.at + 1 };
    let mut parts = vec![first, next..end];
    while let Some(next) = joint(place.text, end, quote)
        && parts.len() < MOST
        && let Some(next_end) = end_of_literal(place.text, next, quote)
    {
        parts.push(next..next_end);
        end = next_end;
    }
    if parts.windows(2).any(|two| hides_a_joint(place.text, two)) {
        emit(put_together(place.text, &parts));
    }
    end
}

/// The start of the literal after the quotation mark that closes one, if the two are put together.
fn joint(text: &[u8], closing: usize, quote: u8) -> Option<usize> {
    let rest = text.get(closing + 1..(closing + 1 + LONGEST_JOINT).min(text.len()))?;
    let after_operator = skip_operator(skip_space(rest));
    let opening = skip_space(after_operator);
    (opening.first() == Some(&quote)).then(|| closing + 1 + rest.len() - opening.len() + 1)
}

/// Skips white space, and the backslash that stands before a line break.
fn skip_space(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    match text {
        [b'\\', b'\n' | b'\r', rest @ ..] => rest.trim_ascii_start(),
        _ => text,
    }
}

fn skip_operator(text: &[u8]) -> &[u8] {
    OPERATORS.iter().find_map(|operator| text.strip_prefix(*operator)).unwrap_or(text)
}

/// The quotation mark that closes the literal whose text begins at `start`.
fn end_of_literal(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start;
    while at < start + LONGEST {
        match *text.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Where the text of the literal begins that is closed at the place: after the quotation mark that opens it, or as far back as
/// there is text at all.
fn start_of_literal(place: Place<'_>, quote: u8) -> usize {
    let lowest = place.at.saturating_sub(LONGEST).max(place.from.min(place.at));
    let mut at = place.at;
    while at > lowest {
        match place.byte(at - 1) {
            Some(b'\n') => break,
            Some(byte) if byte == quote && place.byte(at.wrapping_sub(2)) != Some(b'\\') => break,
            _ => at -= 1,
        }
    }
    at
}

/// Whether both sides of a joint could belong to one word.
fn hides_a_joint(text: &[u8], parts: &[Range<usize>]) -> bool {
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.:@~!$%^&*#".contains(byte));
    let [left, right] = parts else { return false };
    let ends_with_escape =
        text.get(left.clone()).is_some_and(|left| left.len() > 1 && left.get(left.len() - 2) == Some(&b'\\'));
    let touches = left.end.checked_sub(1).is_some_and(|last| !left.is_empty() && is_word(text.get(last)));
    touches && !ends_with_escape && !right.is_empty() && is_word(text.get(right.start))
}

/// The joints vanish. A byte after a joint is mapped together with it, so that what is replaced there is replaced whole.
fn put_together(text: &[u8], parts: &[Range<usize>]) -> Found {
    let mut bytes = Vec::new();
    let mut map = Map::default();
    for (number, part) in parts.iter().enumerate() {
        let mut rest = part.clone();
        if number > 0 && !part.is_empty() {
            map.decoded(1, part.start..part.start + 1);
            rest.start += 1;
        }
        map.copy(rest);
        bytes.extend_from_slice(text.get(part.clone()).unwrap_or_default());
    }
    Found { step: Step::Joined, bytes, map, surroundings: Surroundings::VALUE }
}
