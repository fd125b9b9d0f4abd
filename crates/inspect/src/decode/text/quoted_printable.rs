//! `=41`, and lines that end with `=` and go on in the next one: what mail is written with.

use super::super::Step;
use super::escapes::{self, Encoding, Escape, Weight};
use super::{Emit, Place};

const QUOTED_PRINTABLE: Encoding = Encoding { step: Step::QuotedPrintable, lead: b'=', read };
/// Mail programs break a line when it is about to become longer than this.
const LONGEST_LINE: usize = 76;

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    escapes::find(&QUOTED_PRINTABLE, place, emit)
}

fn read(text: &[u8], at: usize) -> Option<Escape> {
    match text.get(at + 1)? {
        b'\n' => Some(Escape::nothing(text, at, 2, line_weight(text, at))),
        b'\r' if text.get(at + 2) == Some(&b'\n') => Some(Escape::nothing(text, at, 3, line_weight(text, at))),
        _ => character(text, at),
    }
}

/// `x=20` is ordinary text, so only the equals sign, which must be escaped, is enough.
fn character(text: &[u8], at: usize) -> Option<Escape> {
    let digits = text.get(at + 1..at + 3)?;
    if digits.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    let byte = u8::try_from(escapes::number(text, at + 1..at + 3, 16)?).ok()?;
    let weight = match byte {
        b'=' => Weight::Full,
        0x80.. => Weight::Half,
        _ => Weight::None,
    };
    Some(Escape::byte(3, byte).weighing(weight))
}

/// A line that was broken because it was full.
fn line_weight(text: &[u8], at: usize) -> Weight {
    let before = text.get(at.saturating_sub(LONGEST_LINE)..at).unwrap_or_default();
    let length = before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let full = (LONGEST_LINE - 6..LONGEST_LINE).contains(&length) && before.last() != Some(&b' ');
    if full { Weight::Full } else { Weight::None }
}
