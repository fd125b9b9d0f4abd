//! What a session keeps: its values, and which placeholder stands for which.

use super::form;
use super::kind::Kind;
use super::limits::{Limits, ReplaceError};
use super::openings::Openings;
use super::placeholder::{LENGTH, Placeholder, TAG_LENGTH, TAG_START};
use super::symbol::{Symbol, symbols};
use crate::keyed::Keyed;
use portcullis_event::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Included, Unbounded};
use std::ops::Range;

/// How often another placeholder is tried when one is taken. One more try is needed once in about 10^8 values.
const ATTEMPTS: u32 = 16;
/// Half of the symbols that nobody can guess.
const HALF: usize = TAG_LENGTH / 2;

type Half = [Symbol; HALF];

/// Whether placeholders show what they are, or look like the value that they stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// `ZQ`, the kind, and symbols that nobody can guess.
    #[default]
    Marked,
    /// The form of the value, where it has one that leaves enough room for what nobody can guess; marked otherwise.
    InForm,
}

/// A value and what stands for it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) placeholder: Placeholder,
    pub(crate) kind: Kind,
    value: Secret<String>,
    symbols: Box<[Symbol]>,
    /// The part of the value that takes the place of the placeholder's symbols. Punctuation around it is the same in
    /// both and stays where it is.
    core: Range<usize>,
}

impl Entry {
    /// What takes the place of the placeholder's first to last symbol.
    pub(crate) fn core(&self) -> &str {
        self.value.expose().get(self.core.clone()).unwrap_or_default()
    }

    /// The whole value.
    pub(super) fn value(&self) -> &Secret<String> {
        &self.value
    }

    /// From the first to the last symbol of the placeholder.
    pub(crate) fn shown(&self) -> Range<usize> {
        form::core(self.placeholder.as_str()).unwrap_or_default()
    }
}

/// The values of a session.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// Marked placeholders by the first and by the second half of what nobody can guess: one wrong symbol leaves one
    /// of them whole.
    fronts: BTreeSet<(Half, usize)>,
    backs: BTreeSet<(Half, usize)>,
    /// Placeholders that look like values, by their symbols.
    forms: BTreeMap<Box<[Symbol]>, usize>,
    openings: Openings,
    total_length: usize,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// An entry by its number; they are never taken out.
    pub(crate) fn entry(&self, number: usize) -> Option<&Entry> {
        self.entries.get(number)
    }

    /// Whether any placeholder looks like a value.
    pub(crate) fn openings(&self) -> &Openings {
        &self.openings
    }

    /// The placeholder of a value: the one that it already has, or a new one.
    pub(crate) fn placeholder(
        &mut self,
        keyed: &Keyed,
        limits: &Limits,
        style: Style,
        kind: Kind,
        value: &str,
    ) -> Result<Placeholder, ReplaceError> {
        for attempt in 0..ATTEMPTS {
            let Some(candidate) = Candidate::new(keyed, style, kind, value, attempt) else { continue };
            match self.holder(&candidate) {
                Some(entry) if entry.kind == kind && entry.value.expose() == value => {
                    return Ok(entry.placeholder.clone());
                }
                None if self.is_free(&candidate) => return self.insert(limits, kind, value, candidate),
                Some(_) | None => {}
            }
        }
        Err(ReplaceError::NoneFree)
    }

    /// The entry that has exactly this placeholder.
    fn holder(&self, candidate: &Candidate) -> Option<&Entry> {
        if candidate.in_form {
            return self.entries.get(*self.forms.get(candidate.symbols.as_slice())?);
        }
        let (entry, repair) = self.marked(candidate.symbols.as_slice().try_into().ok()?)?;
        repair.is_none().then_some(entry)
    }

    /// Whether no other placeholder would be mistaken for this one.
    fn is_free(&self, candidate: &Candidate) -> bool {
        let symbols = candidate.symbols.as_slice();
        if !candidate.in_form {
            return symbols.try_into().is_ok_and(|symbols| self.marked(symbols).is_none());
        }
        let next = self.forms.range::<[Symbol], _>((Included(symbols), Unbounded)).next();
        let starts_another = next.is_some_and(|(other, _)| other.starts_with(symbols));
        let longer_than_another =
            (1..symbols.len()).any(|end| self.forms.contains_key(symbols.get(..end).unwrap_or(symbols)));
        !starts_another && !longer_than_another
    }

    fn insert(
        &mut self,
        limits: &Limits,
        kind: Kind,
        value: &str,
        candidate: Candidate,
    ) -> Result<Placeholder, ReplaceError> {
        self.admit(limits, value)?;
        let Candidate { placeholder, symbols, in_form, core } = candidate;
        let index = self.entries.len();
        if in_form {
            self.openings.add(&symbols);
            self.forms.insert(symbols.clone().into(), index);
        } else if let Some((front, back)) = halves(&symbols) {
            self.fronts.insert((front, index));
            self.backs.insert((back, index));
        }
        self.total_length += value.len();
        let value = Secret::new(value.to_owned());
        let symbols = symbols.into();
        self.entries.push(Entry { placeholder: placeholder.clone(), kind, value, symbols, core });
        Ok(placeholder)
    }

    fn admit(&self, limits: &Limits, value: &str) -> Result<(), ReplaceError> {
        if value.len() > limits.value_length {
            return Err(ReplaceError::ValueTooLong { length: value.len(), limit: limits.value_length });
        }
        if self.entries.len() >= limits.values {
            return Err(ReplaceError::TooManyValues { limit: limits.values });
        }
        if self.total_length + value.len() > limits.total_length {
            return Err(ReplaceError::TooManyBytes { limit: limits.total_length });
        }
        Ok(())
    }

    /// The entry whose marked placeholder has these symbols, or the only one that differs from them in one symbol; and
    /// which symbol that is.
    pub(crate) fn marked(&self, symbols: &[Symbol; LENGTH]) -> Option<(&Entry, Option<usize>)> {
        let (front, back) = halves(symbols)?;
        let mut found: Option<(usize, &Entry, usize)> = None;
        for index in with_half(&self.fronts, front).chain(with_half(&self.backs, back)) {
            let Some(entry) = self.entries.get(index) else { continue };
            let mut wrong = entry.symbols.iter().zip(symbols).enumerate().filter(|(_, (one, other))| one != other);
            match (wrong.next(), wrong.next()) {
                (None, _) => return Some((entry, None)),
                // Two that are equally near: nobody knows which one was meant.
                (Some(_), None) if found.is_some_and(|(other, ..)| other != index) => return None,
                (Some((place, _)), None) => found = Some((index, entry, place)),
                (Some(_), Some(_)) => {}
            }
        }
        found.map(|(_, entry, place)| (entry, Some(place)))
    }

    /// What the symbols read so far can still become among the placeholders that look like values.
    pub(crate) fn in_form(&self, symbols: &[Symbol]) -> InForm<'_> {
        match self.forms.range::<[Symbol], _>((Included(symbols), Unbounded)).next() {
            Some((core, index)) if **core == *symbols => {
                self.entries.get(*index).map_or(InForm::Nothing, InForm::Whole)
            }
            Some((core, _)) if core.starts_with(symbols) => InForm::Beginning,
            Some(_) | None => InForm::Nothing,
        }
    }
}

/// What symbols are among the placeholders that look like values. None of those begins another one.
#[derive(Debug)]
pub(crate) enum InForm<'t> {
    Nothing,
    Beginning,
    Whole(&'t Entry),
}

/// A placeholder that may be given to a value.
struct Candidate {
    placeholder: Placeholder,
    symbols: Vec<Symbol>,
    in_form: bool,
    core: Range<usize>,
}

impl Candidate {
    fn new(keyed: &Keyed, style: Style, kind: Kind, value: &str, attempt: u32) -> Option<Self> {
        if style == Style::InForm
            && let Some(form) = form::Form::of(kind, value)
        {
            let text = form.surrogate(keyed, value, attempt);
            return Self::in_form(value, text);
        }
        let placeholder = Placeholder::new(keyed, kind, value, attempt);
        let symbols = symbols(placeholder.as_str()).collect();
        Some(Self { placeholder, symbols, in_form: false, core: 0..value.len() })
    }

    /// A placeholder that looks like a value, unless it can't be told from the value or can't take its place.
    fn in_form(value: &str, text: String) -> Option<Self> {
        let (core, other) = (form::core(value)?, form::core(&text)?);
        let same_around =
            value.get(..core.start) == text.get(..other.start) && value.get(core.end..) == text.get(other.end..);
        let symbols: Vec<Symbol> = symbols(&text).collect();
        let differs = !symbols.iter().copied().eq(super::symbol::symbols(value));
        (same_around && differs).then(|| Self { placeholder: Placeholder::in_form(text), symbols, in_form: true, core })
    }
}

/// The entries that have this half.
fn with_half(halves: &BTreeSet<(Half, usize)>, half: Half) -> impl Iterator<Item = usize> {
    halves.range((half, 0)..=(half, usize::MAX)).map(|(_, index)| *index)
}

fn halves(symbols: &[Symbol]) -> Option<(Half, Half)> {
    let (front, back) = symbols.get(TAG_START..)?.split_at_checked(HALF)?;
    Some((front.try_into().ok()?, back.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed() -> Keyed {
        Keyed::new(&Secret::new([1; 32]))
    }

    fn add(table: &mut Table, limits: &Limits, value: &str) -> Result<Placeholder, ReplaceError> {
        table.placeholder(&keyed(), limits, Style::Marked, Kind::Secret, value)
    }

    fn folded(placeholder: &Placeholder) -> [Symbol; LENGTH] {
        symbols(placeholder.as_str()).collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn refuses_what_goes_beyond_a_limit_and_still_knows_what_it_has() {
        let mut table = Table::default();
        let limits = Limits { values: 2, value_length: 4, total_length: 6 };
        let first = add(&mut table, &limits, "aaaa").unwrap();
        let error = add(&mut table, &limits, "bbbbb");
        assert_eq!(error, Err(ReplaceError::ValueTooLong { length: 5, limit: 4 }));
        assert_eq!(add(&mut table, &limits, "bbb"), Err(ReplaceError::TooManyBytes { limit: 6 }));
        add(&mut table, &limits, "bb").unwrap();
        assert_eq!(add(&mut table, &limits, ""), Err(ReplaceError::TooManyValues { limit: 2 }));
        assert_eq!(add(&mut table, &limits, "aaaa"), Ok(first));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn one_wrong_symbol_is_repaired_and_two_are_not() {
        let mut table = Table::default();
        for value in 0..50 {
            add(&mut table, &Limits::default(), &format!("value {value}")).unwrap();
        }
        let placeholder = add(&mut table, &Limits::default(), "value 7").unwrap();
        let exact = folded(&placeholder);
        assert!(matches!(table.marked(&exact), Some((entry, None)) if entry.core() == "value 7"));
        let other = |symbol: Symbol| if symbol == b'7' { b'8' } else { b'7' };
        for place in 0..LENGTH {
            let mut wrong = exact;
            wrong[place] = other(wrong[place]);
            assert!(
                matches!(table.marked(&wrong), Some((entry, Some(at))) if at == place && entry.core() == "value 7"),
                "{place}"
            );
            for second in place + 1..LENGTH {
                let mut worse = wrong;
                worse[second] = other(worse[second]);
                assert!(table.marked(&worse).is_none(), "{place} and {second}");
            }
        }
    }

    #[test]
    fn when_two_are_equally_near_none_is_taken() {
        let mut table = Table::default();
        let placeholder = add(&mut table, &Limits::default(), "one").unwrap();
        let exact = folded(&placeholder);
        // No key makes this happen; so a neighbour is put in by hand.
        let mut neighbour = exact;
        neighbour[LENGTH - 1] = if exact[LENGTH - 1] == b'2' { b'3' } else { b'2' };
        let (front, back) = halves(&neighbour).unwrap();
        table.fronts.insert((front, 1));
        table.backs.insert((back, 1));
        let value = Secret::new("two".to_owned());
        table.entries.push(Entry { placeholder, kind: Kind::Secret, value, symbols: neighbour.into(), core: 0..3 });
        let mut between = exact;
        between[LENGTH - 1] = b'R';
        assert!(table.marked(&between).is_none());
        assert!(matches!(table.marked(&exact), Some((entry, None)) if entry.core() == "one"));
        assert!(matches!(table.marked(&neighbour), Some((entry, None)) if entry.core() == "two"));
    }

    #[test]
    fn nothing_of_a_value_is_printed() {
        let mut table = Table::default();
        add(&mut table, &Limits::default(), "hunter2").unwrap();
        assert!(!format!("{table:?}").contains("hunter2"));
    }
}
