//! Finds the placeholders of a session in a text, damaged or not.
//!
//! The first place where one begins wins, and what decides about a place is at most [`REACH`] bytes from there on. So it
//! makes no difference whether a text comes whole or in pieces, as long as a place that is not decided yet is held back.

use super::kind::Kind;
use super::openings::DEPTH;
use super::placeholder::{LENGTH, TAG_START, is_genuine};
use super::spelling::{Next, Reader};
use super::symbol::{MARKER, Symbol, is_tag};
use super::table::{Entry, InForm, Table};
use crate::keyed::Keyed;
use std::ops::Range;

/// How many bytes a placeholder can take up, damage included, and so how much of a stream is held back at most.
pub(crate) const REACH: usize = 140;

/// How often what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Placeholders that were recognised, the repaired ones included.
    pub restored: u64,
    /// Of those, the ones with a wrong symbol, or with something between their symbols.
    pub repaired: u64,
    /// Placeholders of this session whose value it does not know. The session lost its table, or another one has the key.
    pub unknown: u64,
    /// What looks like a placeholder and is none: forged, from another session, or damaged beyond repair.
    pub forged: u64,
}

/// What the rest of a text holds.
#[derive(Debug)]
pub(crate) enum Found<'t> {
    /// A placeholder.
    Placeholder { span: Range<usize>, entry: &'t Entry },
    /// What is there from here on may be a placeholder once more of the text is known.
    Undecided(usize),
    /// No placeholder.
    Nothing,
}

/// A text that is searched.
#[derive(Debug)]
pub(crate) struct Search<'t> {
    table: &'t Table,
    keyed: &'t Keyed,
    text: &'t str,
    /// Whether nothing follows the text.
    ended: bool,
}

/// What stands at one place.
enum Here<'t> {
    Placeholder { end: usize, entry: &'t Entry, exact: bool },
    Undecided,
    Nothing,
}

impl<'t> Search<'t> {
    pub(crate) fn new(table: &'t Table, keyed: &'t Keyed, text: &'t str, ended: bool) -> Self {
        Self { table, keyed, text, ended }
    }

    /// The first placeholder at or after `from`. `reach` tells where in the text the window ends that begins at a place;
    /// it must be the same whatever follows the window.
    pub(crate) fn next(&self, from: usize, reach: impl Fn(usize) -> usize, tally: &mut Tally) -> Found<'t> {
        let mut at = from;
        while let Some(start) = self.candidate(at) {
            let end = reach(start);
            let is_cut = end < self.text.len();
            let window = self.text.get(start..end).unwrap_or_default();
            match self.here(window, self.ended || is_cut, tally) {
                Here::Placeholder { end, entry, exact } => {
                    tally.restored += 1;
                    tally.repaired += u64::from(!exact);
                    return Found::Placeholder { span: start..start + end, entry };
                }
                Here::Undecided => return Found::Undecided(start),
                Here::Nothing => at = start + 1,
            }
        }
        Found::Nothing
    }

    fn candidate(&self, from: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(from..)?;
        let openings = self.table.openings();
        rest.iter().position(|byte| openings.may_begin_with(*byte)).map(|place| from + place)
    }

    fn here(&self, window: &'t str, ended: bool, tally: &mut Tally) -> Here<'t> {
        match self.marked(window, ended, tally) {
            Here::Nothing if !self.table.openings().only_marked() => self.in_form(window, ended),
            here @ (Here::Placeholder { .. } | Here::Undecided | Here::Nothing) => here,
        }
    }

    fn marked(&self, window: &'t str, ended: bool, tally: &mut Tally) -> Here<'t> {
        let mut reader = Reader::new(window, ended);
        let mut symbols = [0; LENGTH];
        let (mut wrong_start, mut wrong_tags, mut last_word) = (0, 0, 0);
        for place in 0..LENGTH {
            let symbol = match if place == 0 { reader.first() } else { reader.next() } {
                Next::Symbol(symbol) => symbol,
                Next::Other => return Here::Nothing,
                Next::Short => return Here::Undecided,
            };
            if let Some(here) = symbols.get_mut(place) {
                *here = symbol;
            }
            if reader.is_spaced() {
                last_word = place;
            }
            if place < TAG_START {
                wrong_start = wrong(symbols.get(..=place).unwrap_or_default());
            } else {
                wrong_tags += usize::from(!is_tag(symbol));
            }
            if wrong_start.saturating_add(wrong_tags) > 1 {
                return Here::Nothing;
            }
        }
        let end = reader.position();
        let Some((entry, repair)) = self.table.marked(&symbols) else {
            if wrong_start + wrong_tags == 0 {
                let genuine = is_genuine(self.keyed, &symbols);
                tally.unknown += u64::from(genuine);
                tally.forged += u64::from(!genuine);
            }
            return Here::Nothing;
        };
        match is_whole(&symbols, repair, last_word, reader.first()) {
            Whole::Yes => Here::Placeholder { end, entry, exact: repair.is_none() && end == LENGTH },
            Whole::No => Here::Nothing,
            Whole::Undecided => Here::Undecided,
        }
    }

    fn in_form(&self, window: &'t str, ended: bool) -> Here<'t> {
        let mut reader = Reader::over_punctuation(window, ended);
        let mut read = [0; REACH];
        let mut next = reader.first();
        for place in 0..REACH {
            match (next, read.get_mut(place)) {
                (Next::Symbol(symbol), Some(here)) => *here = symbol,
                (Next::Symbol(_) | Next::Other, _) => return Here::Nothing,
                (Next::Short, _) => return Here::Undecided,
            }
            let symbols = read.get(..=place).unwrap_or_default();
            if !self.table.openings().may_begin(symbols) {
                return Here::Nothing;
            }
            if symbols.len() >= DEPTH {
                match self.table.in_form(symbols) {
                    InForm::Whole(entry) => {
                        let end = reader.position();
                        let exact = window.get(..end) == entry.placeholder.as_str().get(entry.shown());
                        return Here::Placeholder { end, entry, exact };
                    }
                    InForm::Beginning => {}
                    InForm::Nothing => return Here::Nothing,
                }
            }
            next = reader.next();
        }
        Here::Nothing
    }
}

/// How many symbols of a beginning are wrong for certain. The first one never is: it is what was looked for.
fn wrong(symbols: &[Symbol]) -> usize {
    if symbols.first() != MARKER.first() {
        return usize::MAX;
    }
    let marker = symbols.iter().zip(MARKER).filter(|(one, other)| **one != *other).count();
    marker + symbols.get(MARKER.len()..).map_or(0, Kind::distance)
}

/// Whether something is all there.
enum Whole {
    Yes,
    No,
    Undecided,
}

/// Whether a placeholder was not cut off, with the next word, or the next placeholder, read as its end. A symbol that had
/// to be repaired is no proof of the contrary if it stands in those; and of a word behind white space either all belongs
/// to the placeholder or nothing.
fn is_whole(symbols: &[Symbol; LENGTH], repair: Option<usize>, last_word: usize, next: Next) -> Whole {
    /// Words that are longer than this do not fit by chance.
    const SHORT: usize = 5;
    let word = LENGTH - last_word;
    let is_repaired_end = repair.is_some_and(|place| place >= last_word && word <= 2);
    let next_begins = repair == Some(LENGTH - 1) && symbols.last() == MARKER.first();
    match next {
        _ if is_repaired_end || next_begins => Whole::No,
        _ if last_word == 0 || word > SHORT => Whole::Yes,
        Next::Symbol(_) => Whole::No,
        Next::Other => Whole::Yes,
        Next::Short => Whole::Undecided,
    }
}
