//! `%41`: what URLs and forms are written with.

use super::super::Step;
use super::escapes::{self, Encoding, Escape};
use super::{Emit, Place};

const PERCENT: Encoding = Encoding { step: Step::Percent, lead: b'%', read };

pub(super) fn find(place: Place<'_>, emit: &mut Emit<'_>) -> usize {
    escapes::find(&PERCENT, place, emit)
}

fn read(text: &[u8], at: usize) -> Option<Escape> {
    let byte = u8::try_from(escapes::number(text, at + 1..at + 3, 16)?).ok()?;
    Some(Escape::byte(3, byte))
}
