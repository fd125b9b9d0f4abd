//! The machine readable line of a passport or an identity card, with three check digits in it.

use super::national::western_europe::travel_document_check;
use super::rule::Finder;
use super::search::{Found, Search, number_of};
use portcullis_event::Confidence;

/// Longest line, of a passport.
const LONGEST: usize = 44;

/// Looks for a line in the run of capitals, digits and `<` around a place.
pub(super) fn find(search: &mut Search<'_>, at: usize) {
    let is_line = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'<';
    let before = search.slice(at.saturating_sub(LONGEST + 1)..at).iter().rev().take_while(|byte| is_line(byte)).count();
    let start = at - before;
    let rest = search.slice(start..(start + LONGEST + 1).min(search.text.len()));
    let length = rest.iter().take_while(|byte| is_line(byte)).count();
    if !matches!(length, 30 | 36 | 44) || start < search.lines_read {
        return;
    }
    search.lines_read = start + 1;
    let line = rest.get(..length).unwrap_or_default();
    let checks = if length == 30 { [0..7, 8..15].as_slice() } else { [0..10, 13..20, 21..28].as_slice() };
    let right = |range: &std::ops::Range<usize>| line.get(range.clone()).is_some_and(travel_document_check);
    // A line of digits alone would have right sums now and then.
    if line.contains(&b'<') && line.iter().any(u8::is_ascii_uppercase) && checks.iter().all(right) {
        let found = Found {
            span: start..start + length,
            rule: number_of(Finder::Mrz),
            confidence: Confidence::Proven,
            word: None,
            why: Some("all its check digits are right"),
        };
        search.add(found);
    }
}
