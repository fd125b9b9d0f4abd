//! Base64 with either alphabet, padded or not, on one line or on many.
//!
//! Where a run begins says nothing certain about where its base64 does: a path may stand right before it, or the text may
//! have been cut. So all four ways to divide it into groups are tried. That is cheap, because text has a mark that shows
//! before anything is decoded: the highest bit of each byte is zero.

use super::super::map::Map;
use super::super::{Step, magic, textual};
use super::symbols::{self, Alphabet, NONE, Symbols, WINDOW};
use super::{Emit, Found, Place, Surroundings};
use crate::base64_digit::base64_digit;

/// A run that begins like something packed is decoded as a whole, because it can't be unpacked in pieces.
const PACKED_HEAD: usize = 32;
/// So many groups in a row must look like ASCII: twelve bytes.
const ASCII_GROUPS: usize = 4;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
const fn alphabet() -> Alphabet {
    let mut table = [NONE; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(value) = base64_digit(byte) {
            table[byte as usize] = value;
        }
        byte += 1;
    }
    table
}

static BASE64: Alphabet = alphabet();

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    let line = symbols::line_around(place, &BASE64);
    let many = symbols::next_line(place, &line, &BASE64).is_some();
    if !many && !could_be_text(place.text.get(line.clone()).unwrap_or_default()) {
        return line.end;
    }
    let packed = magic::is_known(&head(&symbols::gather(place, line.clone(), &BASE64, PACKED_HEAD).values));
    let most = if packed { place.most / 3 * 4 } else { WINDOW };
    let found = symbols::gather(place, line, &BASE64, most.max(PACKED_HEAD));
    for phase in 0..4 {
        if (packed && phase == 0) || promises_text(&found.values, phase) {
            let (bytes, map) = decode(&found, phase);
            let made_sense = emit(Found { step: Step::Base64, bytes, map, surroundings: Surroundings::VALUE });
            if made_sense && phase == 0 {
                break;
            }
        }
    }
    let overlap = if found.values.len() < most { 0 } else { symbols::REACH };
    if overlap == 0 { found.end } else { found.original(found.values.len().saturating_sub(overlap) / 4 * 4) }
}

/// A look at one line before anything is gathered. Most runs are long names, and end here.
fn could_be_text(line: &[u8]) -> bool {
    const HEAD: usize = 64;
    if line.len() > HEAD {
        return true;
    }
    let mut values = [0; HEAD];
    for (to, from) in values.iter_mut().zip(line) {
        *to = symbols::value(&BASE64, *from);
    }
    let values = values.get(..line.len()).unwrap_or_default();
    (0..4).any(|phase| promises_text(values, phase)) || magic::is_known(&head(values))
}

/// Whether there is text if the groups begin at `phase`: enough of them in a row hold three bytes below 128, or the run
/// begins with text in another script.
fn promises_text(values: &[u8], phase: usize) -> bool {
    let mut row = 0;
    let groups = values.get(phase..).unwrap_or_default().as_chunks::<4>().0;
    let ascii = groups.iter().any(|[first, second, third, _]| {
        row = if (first & 0x20) | (second & 0x08) | (third & 0x02) == 0 { row + 1 } else { 0 };
        row == ASCII_GROUPS
    });
    ascii || (phase == 0 && groups.len() >= ASCII_GROUPS && begins_with_text(values))
}

/// What the first groups of a run decode to, filled up with zeros.
fn head(values: &[u8]) -> [u8; 24] {
    let mut bytes = [0; 24];
    for (to, group) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(values.as_chunks::<4>().0) {
        *to = triple(*group);
    }
    bytes
}

fn begins_with_text(values: &[u8]) -> bool {
    let count = (values.len() / 4 * 3).min(24);
    textual::is_text(head(values).get(..count).unwrap_or_default())
}

fn triple([a, b, c, d]: [u8; 4]) -> [u8; 3] {
    [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]
}

/// Decodes with the groups beginning at `phase`.
fn decode(symbols: &Symbols, phase: usize) -> (Vec<u8>, Map) {
    let values = symbols.values.get(phase..).unwrap_or_default();
    let mut bytes = Vec::with_capacity(values.len() / 4 * 3 + 2);
    let mut map = Map::default();
    let (groups, rest) = values.as_chunks::<4>();
    let mut at = phase;
    for group in groups {
        bytes.extend_from_slice(&triple(*group));
        let (start, end) = (symbols.original(at), symbols.original(at + 3) + 1);
        if end - start == 4 {
            map.base64(3, start);
        } else {
            broken_group(symbols, at, 3, &mut map);
        }
        at += 4;
    }
    let last = match *rest {
        [a, b] => triple([a, b, 0, 0]).get(..1).map(<[u8]>::to_vec),
        [a, b, c] => triple([a, b, c, 0]).get(..2).map(<[u8]>::to_vec),
        _ => None,
    };
    if let Some(last) = last {
        broken_group(symbols, at, last.len() - 1, &mut map);
        // The padding goes with the last byte, so that what is replaced is replaced with its padding.
        let place = at + last.len() - 1;
        map.decoded(1, symbols.original(place)..symbols.original(place + 1) + 1 + symbols.padding);
        bytes.extend(last);
    }
    (bytes, map)
}

/// Maps the bytes of a group that a line break divides, or that ends early.
fn broken_group(symbols: &Symbols, at: usize, count: usize, map: &mut Map) {
    for byte in at..at + count {
        map.decoded(1, symbols.original(byte)..symbols.original(byte + 1) + 1);
    }
}
