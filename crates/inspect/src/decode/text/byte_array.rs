//! Bytes as source code lists them: `0x41, 0x42, 0x43`.

use super::super::map::Map;
use super::super::{Step, magic};
use super::symbols::NONE;
use super::{Emit, Found, Place, Surroundings, hex, symbols};

/// Fewest elements.
const SHORTEST: usize = 10;
/// Most bytes between two elements: a comma, a line break, an indentation, a cast.
const LONGEST_GAP: usize = 64;
/// How far the elements lie that decide.
pub(in crate::decode) const REACH: usize = SHORTEST * (LONGEST_GAP + 4);
const WINDOW: usize = 1 << 20;

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    let mut bytes = Vec::new();
    let mut map = Map::default();
    let mut at = place.at;
    let mut end = place.at + 1;
    while let Some((byte, length)) = element(place.text, at) {
        bytes.push(byte);
        map.decoded(1, at..at + length);
        end = at + length;
        if bytes.len() == place.most || (bytes.len() == WINDOW && !magic::is_known(&bytes)) {
            break;
        }
        let Some(next) = next_element(place.text, end) else { break };
        at = next;
    }
    if bytes.len() >= SHORTEST {
        emit(Found { step: Step::ByteArray, bytes, map, surroundings: Surroundings::VALUE });
    }
    end
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
    let next = rest.windows(2).position(|two| two == b"0x" || two == b"0X")?;
    let between = rest.get(..next)?;
    let plain = |byte: &u8| {
        matches!(byte, b',' | b' ' | b'\t' | b'\r' | b'\n' | b'u' | b'U' | b'(' | b')') || byte.is_ascii_lowercase()
    };
    let comma = memchr::memchr_iter(b',', between).count() == 1;
    (comma && between.iter().all(plain)).then_some(end + next)
}
