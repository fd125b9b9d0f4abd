//! Letters moved by thirteen. Nothing shows that a text is written so, hence it is read so only on demand.

use super::super::Step;
use super::super::map::Map;
use super::{Found, Surroundings};

/// The whole text with its letters moved.
pub(in crate::decode) fn whole(text: &[u8]) -> Found {
    let moved = |byte: &u8| match byte {
        b'a'..=b'm' | b'A'..=b'M' => byte + 13,
        b'n'..=b'z' | b'N'..=b'Z' => byte - 13,
        _ => *byte,
    };
    let mut map = Map::default();
    for at in 0..text.len() {
        map.decoded(1, at..at + 1);
    }
    Found { step: Step::Rot13, bytes: text.iter().map(moved).collect(), map, surroundings: Surroundings::NONE }
}
