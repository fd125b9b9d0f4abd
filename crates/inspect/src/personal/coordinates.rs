//! Where somebody or something is, to ten metres or less: two numbers with at least four decimals, and a word for what they are.

use super::rule::Finder;
use super::search::{Search, number_of};
use std::ops::Range;

/// Fewest decimals: a tenth of a minute would still be a village.
const DECIMALS: usize = 4;
/// Most bytes between the two numbers.
const GAP: usize = 40;

/// Looks for a pair of which the first number has its decimals at a place.
pub(super) fn find(search: &mut Search<'_>, at: usize) {
    let Some(first) = number(search, at) else { return };
    if value(search, &first).abs() > 90.0 {
        return;
    }
    let behind = search.slice(first.end..(first.end + GAP).min(search.text.len()));
    let Some(point) = behind.windows(2).position(|two| matches!(two, [b'.', next] if next.is_ascii_digit())) else {
        return;
    };
    let Some(second) = number(search, first.end + point + 1) else { return };
    let joint = search.slice(first.end..second.start);
    let one_line = joint.iter().filter(|byte| **byte == b'\n').take(2).count() < 2;
    if second.start > first.end && one_line && value(search, &second).abs() <= 180.0 {
        search.offer(number_of(Finder::Coordinates), first.start..second.end, None, None);
    }
}

/// The number that has decimals at a place: a sign, digits, a point, enough decimals.
fn number(search: &Search<'_>, at: usize) -> Option<Range<usize>> {
    let point = at.checked_sub(1).filter(|point| search.byte(*point) == Some(b'.'))?;
    let whole =
        search.slice(point.saturating_sub(4)..point).iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let decimals =
        search.slice(at..(at + 20).min(search.text.len())).iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = point - whole;
    let start = digits - usize::from(search.before(digits) == Some(b'-'));
    let set_off =
        search.before(start).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_' | b'-'));
    let ends = search.byte(at + decimals).is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'%');
    ((1..=3).contains(&whole) && decimals >= DECIMALS && set_off && ends).then_some(start..at + decimals)
}

fn value(search: &Search<'_>, range: &Range<usize>) -> f64 {
    let text = std::str::from_utf8(search.slice(range.clone())).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(f64::MAX)
}
