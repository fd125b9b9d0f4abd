//! Pairs of hexadecimal digits, on one line or on many.

use super::super::map::Map;
use super::super::{Step, magic, textual};
use super::symbols::{self, Alphabet, NONE, Symbols, WINDOW};
use super::{Emit, Found, Place, Surroundings};

/// Fewest digits.
const SHORTEST: usize = 20;
/// So many bytes in a row must be text; a hash of random bytes has them once in a thousand times.
const TEXT_BYTES: usize = 10;
const PACKED_HEAD: usize = 64;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
pub(super) const fn alphabet() -> Alphabet {
    let mut table = [NONE; 256];
    let digits = b"0123456789abcdef";
    let mut value = 0_u8;
    while value < 16 {
        let digit = digits[value as usize];
        table[digit as usize] = value;
        table[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    table
}

pub(super) static HEX: Alphabet = alphabet();

/// The run of letters that was seen may hold digits anywhere in it.
pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    let mut at = place.at.max(place.from);
    let is_run =
        |at: usize| place.byte(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    while is_run(at) {
        if symbols::value(&HEX, place.byte(at).unwrap_or_default()) == NONE {
            at += 1;
            continue;
        }
        let line = symbols::line_around(Place { at, ..place }, &HEX);
        at = line.end.max(at + 1);
        if line.len() >= SHORTEST {
            at = at.max(find_in(place, line, emit));
        }
    }
    at
}

fn find_in(place: Place<'_>, line: std::ops::Range<usize>, emit: &mut Emit<'_>) -> usize {
    let head = symbols::gather(place, line.clone(), &HEX, PACKED_HEAD);
    let packed = magic::is_known(&decode(&head, 0).0);
    if !packed && head.values.len() < PACKED_HEAD && !(0..2).any(|phase| promises_text(&head.values, phase)) {
        return head.end;
    }
    let most = if packed { place.most.saturating_mul(2) } else { WINDOW };
    let found = symbols::gather(place, line, &HEX, most.max(PACKED_HEAD));
    for phase in 0..2 {
        if (packed && phase == 0) || promises_text(&found.values, phase) {
            let (bytes, map) = decode(&found, phase);
            if emit(Found { step: Step::Hex, bytes, map, surroundings: Surroundings::VALUE }) {
                break;
            }
        }
    }
    if found.values.len() < most { found.end } else { found.original((found.values.len() - symbols::REACH) / 2 * 2) }
}

/// Whether there is text, in ASCII or in UTF-16, if the pairs begin at `phase`.
fn promises_text(values: &[u8], phase: usize) -> bool {
    let (mut row, mut before) = (0, 0);
    values.get(phase..).unwrap_or_default().as_chunks::<2>().0.iter().any(|[high, low]| {
        let byte = high << 4 | low;
        row = if textual::is_ascii_text(byte) || (byte == 0 && before != 0) { row + 1 } else { 0 };
        before = byte;
        row == TEXT_BYTES
    })
}

fn decode(symbols: &Symbols, phase: usize) -> (Vec<u8>, Map) {
    let pairs = symbols.values.get(phase..).unwrap_or_default().as_chunks::<2>().0;
    let mut map = Map::default();
    for at in (phase..).step_by(2).take(pairs.len()) {
        map.decoded(1, symbols.original(at)..symbols.original(at + 1) + 1);
    }
    (pairs.iter().map(|[high, low]| high << 4 | low).collect(), map)
}
