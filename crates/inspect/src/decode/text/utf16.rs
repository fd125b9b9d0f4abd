//! UTF-16: whole texts, and the strings of programs that were written for Windows.

use super::super::Step;
use super::super::map::Map;
use super::{Emit, Found, Place, Surroundings};

/// Fewest characters of a string among other bytes.
const SHORTEST: usize = 8;
/// How far the characters lie that decide.
pub(in crate::decode) const REACH: usize = 4 * SHORTEST;
/// So many bytes at the start show whether a text without a mark is UTF-16.
const HEAD: usize = 512;

/// Which byte comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Low,
    High,
}

impl Order {
    fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Self::Low => u16::from_le_bytes(pair),
            Self::High => u16::from_be_bytes(pair),
        }
    }

    fn step(self) -> Step {
        match self {
            Self::Low => Step::Utf16Le,
            Self::High => Step::Utf16Be,
        }
    }
}

/// The whole text, if its first bytes say that it is UTF-16.
pub(in crate::decode) fn whole(text: &[u8], most: usize) -> Option<Found> {
    let (order, start) = match text {
        [0xff, 0xfe, ..] => (Order::Low, 2),
        [0xfe, 0xff, ..] => (Order::High, 2),
        _ => (guess(text)?, 0),
    };
    let mut map = Map::default();
    let mut bytes = Vec::with_capacity(text.len().min(most) / 2);
    let mut at = start;
    let pairs = text.get(start..text.len().min(most))?.as_chunks::<2>().0;
    for character in char::decode_utf16(pairs.iter().map(|pair| order.unit(*pair))) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        let (length, before) = (character.len_utf16() * 2, bytes.len());
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        map.decoded(bytes.len() - before, at..at + length);
        at += length;
    }
    Some(Found { step: order.step(), bytes, map, surroundings: Surroundings::NONE })
}

/// Which order a text without a mark has: nearly every second byte is zero, and none of the others is.
fn guess(text: &[u8]) -> Option<Order> {
    let pairs = text.get(..text.len().min(HEAD))?.as_chunks::<2>().0;
    let zero = |side: usize| pairs.iter().filter(|pair| pair.get(side) == Some(&0)).count();
    let (first, second) = (zero(0), zero(1));
    let many = |zeros: usize| pairs.len() >= SHORTEST && zeros * 10 >= pairs.len() * 7;
    match (first, second) {
        (0, zeros) if many(zeros) => Some(Order::Low),
        (zeros, 0) if many(zeros) => Some(Order::High),
        _ => None,
    }
}

/// A string among other bytes: characters of Latin-1 that take turns with zeros.
pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    let is_text =
        |byte: Option<u8>| byte.is_some_and(|byte| matches!(byte, b' '..=b'~' | 0xa0.. | b'\t' | b'\n' | b'\r'));
    // The sign is a zero with a character after it; the character before it, if there is one, began the string.
    let mut start =
        if place.at > place.from && is_text(place.byte(place.at - 1)) { place.at - 1 } else { place.at + 1 };
    while start >= place.from + 2 && is_text(place.byte(start - 2)) && place.byte(start - 1) == Some(0) {
        start -= 2;
    }
    let mut bytes = Vec::new();
    let mut map = Map::default();
    let mut at = start;
    while is_text(place.byte(at)) && (bytes.is_empty() || place.byte(at - 1) == Some(0)) {
        let before = bytes.len();
        let character = char::from(place.byte(at).unwrap_or_default());
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        map.decoded(bytes.len() - before, at..at + 1);
        at += 2;
    }
    if map_characters(&bytes) >= SHORTEST {
        let order = if place.byte(start + 1) == Some(0) { Order::Low } else { Order::High };
        emit(Found { step: order.step(), bytes, map, surroundings: Surroundings::NONE });
    }
    at.saturating_sub(1).max(place.at + 1)
}

fn map_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !(0x80..0xc0).contains(*byte)).count()
}
