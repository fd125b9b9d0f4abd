//! Days of birth: a date in one of the ways that people write it, beside a word that says what it is.

use super::digits::{is_date, number};
use super::rule::Finder;
use super::search::{Search, number_of};
use std::ops::Range;

/// The first letters of the months in English, German, French, Spanish, Italian, Portuguese and Dutch.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// Looks for a date that has its year at a place.
pub(super) fn find(search: &mut Search<'_>, at: usize) {
    let digits =
        search.slice(at..(at + 9).min(search.text.len())).iter().take_while(|byte| byte.is_ascii_digit()).count();
    let starts = search.before(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let year = number(search.slice(at..at + 4), 0..4).filter(|year| (1890..=2035).contains(year));
    let Some(year) = year.filter(|_| starts) else { return };
    let span = match digits {
        4 => year_first(search, at, year).or_else(|| year_last(search, at, year)),
        8 => compact(search, at, year),
        _ => None,
    };
    if let Some(span) = span {
        search.offer(number_of(Finder::BirthDate), span, None, None);
    }
}

/// One or two digits at a place, and where they end.
fn short(search: &Search<'_>, at: usize) -> Option<(u64, usize)> {
    let count =
        search.slice(at..(at + 3).min(search.text.len())).iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = number(search.slice(at..at + count), 0..count)?;
    (1..=2).contains(&count).then_some((value, at + count))
}

/// One or two digits that end at a place, and where they begin.
fn short_before(search: &Search<'_>, end: usize) -> Option<(u64, usize)> {
    let count = search.slice(end.saturating_sub(3)..end).iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let value = number(search.slice(end - count..end), 0..count)?;
    (1..=2).contains(&count).then_some((value, end - count))
}

/// `1985-03-14`, `1985/3/14`, `1985年3月14日`.
fn year_first(search: &Search<'_>, at: usize, year: u64) -> Option<Range<usize>> {
    let separator = search.slice(at + 4..(at + 7).min(search.text.len()));
    let wide = separator == "年".as_bytes();
    let width = if wide { 3 } else { 1 };
    let first = *separator.first()?;
    if !wide && !matches!(first, b'-' | b'/' | b'.') {
        return None;
    }
    let (month, end) = short(search, at + 4 + width)?;
    if !wide && search.byte(end) != Some(first) {
        return None;
    }
    let (day, end) = short(search, end + width)?;
    is_date(year, month, day).then_some(at..end)
}

/// `14.03.1985`, `03/14/1985`, `14 March 1985`, `March 14, 1985`.
fn year_last(search: &Search<'_>, at: usize, year: u64) -> Option<Range<usize>> {
    let separator = search.before(at)?;
    let span = |start| start..at + 4;
    if matches!(separator, b'.' | b'/' | b'-') {
        let (second, start) = short_before(search, at - 1)?;
        let (first, start) =
            (search.before(start) == Some(separator)).then(|| short_before(search, start - 1)).flatten()?;
        return (is_date(year, second, first) || is_date(year, first, second)).then(|| span(start));
    }
    let text = search.slice(at.saturating_sub(24)..at);
    let words = Words::before(text)?;
    is_date(year, words.month, words.day).then(|| span(at - words.length))
}

/// A day and a month by name right before a year.
struct Words {
    day: u64,
    month: u64,
    length: usize,
}

impl Words {
    fn before(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok().or_else(|| text.utf8_chunks().last().map(|chunk| chunk.valid()))?;
        let mut words = text.trim_end_matches([' ', ',']).rsplit([' ', ',']).filter(|word| !word.is_empty());
        let (last, first) = (words.next()?, words.next()?);
        // In Spanish and Portuguese a word stands between.
        let first = if matches!(first, "de" | "of") { words.next()? } else { first };
        let day = |word: &str| word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok();
        let (day, month) = match month(last) {
            Some(month) => (day(first)?, month),
            None => (day(last)?, month(first)?),
        };
        let start = text.rfind(first)?;
        Some(Self { day, month, length: text.len() - start })
    }
}

fn month(word: &str) -> Option<u64> {
    let lower = word.to_lowercase();
    let known = |names: &[&str]| names.iter().any(|name| lower.starts_with(name));
    MONTHS.iter().zip(1..).find(|(names, _)| known(names)).map(|(_, month)| month)
}

/// `19850314`.
fn compact(search: &Search<'_>, at: usize, year: u64) -> Option<Range<usize>> {
    let code = search.slice(at..at + 8);
    let ends = search.byte(at + 8).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (ends && is_date(year, number(code, 4..6)?, number(code, 6..8)?)).then_some(at..at + 8)
}
