//! What strings in source code and JSON are written with: `\"`, `\n`, `\x41`, `\u0041`, `\u{41}`, `\U00000041`, `\101`.
//! JSON in a string of JSON is written with them too; each level of it is one turn.

use super::super::Step;
use super::escapes::{self, Encoding, Escape, Weight};
use super::{Emit, Place};

const BACKSLASH: Encoding = Encoding { step: Step::Escapes, lead: b'\\', read };

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    escapes::find(&BACKSLASH, place, emit)
}

/// Reads the escape that begins at a place.
pub(in crate::decode) fn read(text: &[u8], at: usize) -> Option<Escape> {
    let plain = |byte: u8, weight| Some(Escape::byte(2, byte).weighing(weight));
    match *text.get(at + 1)? {
        b'"' => plain(b'"', Weight::Half),
        byte @ (b'\'' | b'`' | b'\\' | b'/') => plain(byte, Weight::None),
        b'n' => plain(b'\n', Weight::None),
        b'r' => plain(b'\r', Weight::None),
        b't' => plain(b'\t', Weight::None),
        // A string that goes on in the next line.
        b'\n' => Some(Escape::nothing(text, at, 2, Weight::None)),
        b'x' => byte(text, at + 2..at + 4, 16),
        b'u' if text.get(at + 2) == Some(&b'{') => braced(text, at),
        b'u' => utf16_unit(text, at),
        b'U' => character(text, at + 2..at + 10),
        b'0'..=b'3' => byte(text, at + 1..at + 4, 8),
        _ => None,
    }
}

fn byte(text: &[u8], digits: std::ops::Range<usize>, base: u32) -> Option<Escape> {
    let prefix = if base == 16 { 2 } else { 1 };
    let length = digits.len() + prefix;
    Some(Escape::byte(length, u8::try_from(escapes::number(text, digits, base)?).ok()?))
}

fn character(text: &[u8], digits: std::ops::Range<usize>) -> Option<Escape> {
    let length = digits.len() + 2;
    Some(Escape::character(length, char::from_u32(escapes::number(text, digits, 16)?)?))
}

fn braced(text: &[u8], at: usize) -> Option<Escape> {
    let digits = text.get(at + 3..)?.iter().take(7).position(|byte| *byte == b'}')?;
    let character = char::from_u32(escapes::number(text, at + 3..at + 3 + digits, 16)?)?;
    Some(Escape::character(digits + 4, character))
}

/// `\u0041`, or two of them that make one character together.
fn utf16_unit(text: &[u8], at: usize) -> Option<Escape> {
    let unit = escapes::number(text, at + 2..at + 6, 16)?;
    if let Some(character) = char::from_u32(unit) {
        return Some(Escape::character(6, character));
    }
    let second = (text.get(at + 6..at + 8)? == b"\\u").then(|| escapes::number(text, at + 8..at + 12, 16)).flatten()?;
    let pair = [u16::try_from(unit).ok()?, u16::try_from(second).ok()?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    Some(Escape::character(12, character))
}
