//! Bytes as source code lists them: `0x41, 0x42, 0x43`.

use super::super::map::Map;
use super::super::{Step, magic};
use super::symbols::NONE;
use super::{Emit, Found, Place, Surroundings, hex, symbols};
use std::ops::Range;

/// Fewest elements.
const SHORTEST: usize = 10;
/// Most bytes between two elements: a comma, a line break, an indentation, a cast.
const LONGEST_GAP: usize = 64;
/// How far the elements lie that decide.
pub(in crate::decode) const REACH: usize = SHORTEST * (LONGEST_GAP + 4);
const WINDOW: usize = 1 << 20;

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    // Most numbers stand alone: nothing is written down before there are enough of them.
    let (count, end) = elements(place.text, place.at, SHORTEST, |_, _| {});
    if count < SHORTEST {
        return end;
    }
    let mut bytes = Vec::new();
    let mut map = Map::default();
    let most = if magic::is_known(&head(place)) { place.most } else { place.most.min(WINDOW) };
    let (_, end) = elements(place.text, place.at, most, |byte, span| {
        bytes.push(byte);
        map.decoded(1, span);
    });
    emit(Found { step: Step::ByteArray, bytes, map, surroundings: Surroundings::VALUE });
    end
}

/// As many bytes from the start as show what kind of file it is.
fn head(place: Place<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    elements(place.text, place.at, magic::HEAD, |byte, _| bytes.push(byte));
    bytes
}

/// Shows each element in a row, `most` at the most; how many there are, and where the last of them ends.
fn elements(text: &[u8], at: usize, most: usize, mut show: impl FnMut(u8, Range<usize>)) -> (usize, usize) {
    let (mut next, mut end, mut count) = (Some(at), at + 1, 0);
    while let Some(at) = next.filter(|_| count < most) {
        let Some((byte, length)) = element(text, at) else { break };
        end = at + length;
        show(byte, at..end);
        count += 1;
        next = next_element(text, end);
    }
    (count, end)
}

/// A byte, and how many characters it is written with.
fn element(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let prefixed = text.get(at) == Some(&b'0') && text.get(at + 1).is_some_and(|x| x | 0x20 == b'x');
    let digit = |at: usize| text.get(at).map(|byte| symbols::value(&hex::HEX, *byte)).filter(|value| *value != NONE);
    if !prefixed || digit(at + 4).is_some() {
        return None;
    }
    match (digit(at + 2)?, digit(at + 3)) {
        (high, Some(low)) => Some((high << 4 | low, 4)),
        (low, None) => Some((low, 3)),
    }
}

/// Skips a comma, white space, and what a language puts before an element, such as `(byte)`.
fn next_element(text: &[u8], end: usize) -> Option<usize> {
    let rest = text.get(end..(end + LONGEST_GAP).min(text.len()))?;
    let mut commas = 0;
    for (offset, byte) in rest.iter().enumerate() {
        match byte {
            b'0' if rest.get(offset + 1).is_some_and(|x| x | 0x20 == b'x') => {
                return (commas == 1).then_some(end + offset);
            }
            b',' => commas += 1,
            b' ' | b'\t' | b'\r' | b'\n' | b'u' | b'U' | b'(' | b')' => {}
            letter if letter.is_ascii_lowercase() => {}
            _ => return None,
        }
    }
    None
}
