//! Telephone numbers: with the country before them by the plan of that country, without it by a word near them or by a form
//! that nothing else has.

use super::digits::{is_row, is_uniform, number};
use super::rule::Finder;
use super::search::{Search, number_of};
use portcullis_event::Confidence;
use std::ops::Range;

/// Most bytes of a number as it is written.
const LONGEST: usize = 28;

/// How far before a number without groups its word may stand.
const NEAR: usize = 16;

/// Country codes, and how many digits come behind them.
const COUNTRIES: &[(u64, std::ops::RangeInclusive<usize>)] = &[
    (1, 10..=10),
    (7, 10..=10),
    (20, 8..=10),
    (27, 9..=9),
    (30, 10..=10),
    (31, 9..=9),
    (32, 8..=9),
    (33, 9..=9),
    (34, 9..=9),
    (36, 8..=9),
    (39, 8..=11),
    (40, 9..=9),
    (41, 9..=9),
    (43, 7..=13),
    (44, 9..=10),
    (45, 8..=8),
    (46, 7..=10),
    (47, 8..=8),
    (48, 9..=9),
    (49, 7..=12),
    (51, 8..=9),
    (52, 10..=11),
    (53, 8..=8),
    (54, 10..=11),
    (55, 10..=11),
    (56, 9..=9),
    (57, 8..=10),
    (58, 10..=10),
    (60, 8..=10),
    (61, 9..=9),
    (62, 8..=12),
    (63, 8..=10),
    (64, 8..=10),
    (65, 8..=8),
    (66, 8..=9),
    (81, 9..=10),
    (82, 8..=10),
    (84, 9..=10),
    (86, 10..=11),
    (90, 10..=10),
    (91, 10..=10),
    (92, 9..=10),
    (93, 9..=9),
    (94, 9..=9),
    (95, 7..=10),
    (98, 10..=10),
    (212, 9..=9),
    (213, 8..=9),
    (216, 8..=8),
    (218, 8..=9),
    (221, 9..=9),
    (225, 10..=10),
    (233, 9..=9),
    (234, 8..=10),
    (237, 9..=9),
    (243, 9..=9),
    (244, 9..=9),
    (251, 9..=9),
    (254, 9..=9),
    (255, 9..=9),
    (256, 9..=9),
    (258, 8..=9),
    (260, 9..=9),
    (263, 8..=9),
    (351, 9..=9),
    (352, 6..=9),
    (353, 7..=9),
    (354, 7..=7),
    (355, 8..=9),
    (356, 8..=8),
    (357, 8..=8),
    (358, 6..=11),
    (359, 8..=9),
    (370, 8..=8),
    (371, 8..=8),
    (372, 7..=8),
    (373, 8..=8),
    (374, 8..=8),
    (375, 9..=9),
    (376, 6..=9),
    (377, 8..=9),
    (380, 9..=9),
    (381, 8..=9),
    (382, 8..=8),
    (383, 8..=8),
    (385, 8..=9),
    (386, 8..=8),
    (387, 8..=8),
    (389, 8..=8),
    (420, 9..=9),
    (421, 9..=9),
    (423, 7..=9),
    (502, 8..=8),
    (503, 8..=8),
    (504, 8..=8),
    (505, 8..=8),
    (506, 8..=8),
    (507, 7..=8),
    (591, 8..=8),
    (593, 8..=9),
    (595, 9..=9),
    (598, 8..=8),
    (670, 7..=8),
    (673, 7..=7),
    (852, 8..=8),
    (853, 8..=8),
    (855, 8..=9),
    (856, 8..=10),
    (880, 8..=10),
    (886, 8..=9),
    (960, 7..=7),
    (961, 7..=8),
    (962, 8..=9),
    (963, 8..=9),
    (964, 9..=10),
    (965, 8..=8),
    (966, 8..=9),
    (967, 8..=9),
    (968, 8..=8),
    (970, 8..=9),
    (971, 8..=9),
    (972, 8..=9),
    (973, 8..=8),
    (974, 8..=8),
    (975, 7..=8),
    (976, 8..=8),
    (977, 8..=10),
    (992, 9..=9),
    (993, 8..=8),
    (994, 9..=9),
    (995, 9..=9),
    (996, 9..=9),
    (998, 9..=9),
];

/// A number as it is written, and its digits.
struct Written {
    span: Range<usize>,
    digits: Vec<u8>,
    plus: bool,
    /// The lengths of its groups of digits.
    groups: Vec<usize>,
    parenthesis: bool,
}

/// Looks for the number that has digits at a place.
pub(super) fn find(search: &mut Search<'_>, at: usize) {
    if at < search.phoned {
        return;
    }
    let start = start_of_number(search, at);
    let Some(written) = read(search, start) else { return };
    search.phoned = written.span.end;
    if is_uniform(&written.digits) || is_row(&written.digits) || !is_set_off(search, &written) {
        return;
    }
    let alone = if written.plus { international(search, &written) } else { national(&written) };
    let rule = number_of(Finder::Phone);
    // Digits without any grouping are a number of anything, unless the word stands right before them.
    let named = written.plus
        || written.groups.len() > 1
        || is_right_behind(search.context.near(rule, &written.span), &written.span);
    if let Some(alone) = alone.filter(|_| named) {
        search.offer(rule, written.span, alone, None);
    }
}

fn is_right_behind(word: Option<Range<usize>>, span: &Range<usize>) -> bool {
    word.is_some_and(|word| word.end <= span.start && span.start - word.end <= NEAR)
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/' | b'+')
}

/// Goes back over what may belong to the number, to its plus sign if it has one.
fn start_of_number(search: &Search<'_>, at: usize) -> usize {
    let lowest = at.saturating_sub(LONGEST).max(search.phoned);
    let mut start = at;
    for place in (lowest..at).rev() {
        let (here, next) = (search.byte(place).unwrap_or_default(), search.byte(place + 1).unwrap_or_default());
        // Two separators in a row end a number, unless one is a parenthesis.
        let joins = here.is_ascii_digit()
            || next.is_ascii_digit()
            || matches!(here, b'(' | b')')
            || matches!(next, b'(' | b')');
        if !is_part(here) || !joins {
            break;
        }
        if here.is_ascii_digit() || matches!(here, b'(' | b'+') {
            start = place;
        }
        if here == b'+' {
            break;
        }
    }
    start
}

fn read(search: &Search<'_>, start: usize) -> Option<Written> {
    let plus = search.byte(start) == Some(b'+');
    let mut written = Written { span: start..start, digits: Vec::new(), plus, groups: vec![0], parenthesis: false };
    let (mut at, mut separators) = (start + usize::from(plus), 0);
    while let Some(byte) = search.byte(at).filter(|byte| is_part(*byte) && *byte != b'+' && at < start + LONGEST) {
        if byte.is_ascii_digit() {
            written.digits.push(byte);
            written.span.end = at + 1;
            if let Some(last) = written.groups.last_mut() {
                *last += 1;
            }
            separators = 0;
        } else {
            written.parenthesis |= byte == b'(';
            separators += 1;
            let twice = search.byte(at + 1) == Some(byte) && byte != b'(';
            if separators > 3 || twice {
                break;
            }
            if written.groups.last() != Some(&0) {
                written.groups.push(0);
            }
        }
        at += 1;
    }
    written.groups.retain(|group| *group > 0);
    (7..=16).contains(&written.digits.len()).then_some(written)
}

/// Whether the number stands by itself, and is no part of a longer one, of a name or of a sum.
fn is_set_off(search: &Search<'_>, written: &Written) -> bool {
    let before = search.before(written.span.start);
    let behind = search.byte(written.span.end);
    let beyond = search.byte(written.span.end + 1).unwrap_or(b' ');
    let starts = before.is_none_or(|byte| {
        !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'.' | b'+' | b'-' | b'/' | b'$' | b'%' | b'#')
    });
    let goes_on = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'%' | b'@' | b'\\')
            || (matches!(byte, b'.' | b':' | b'-' | b'/' | b',') && beyond.is_ascii_digit())
    };
    starts && !behind.is_some_and(goes_on)
}

/// How sure a number with its country is alone, if that country has such numbers.
#[expect(clippy::option_option, reason = "no number, or a number with or without a confidence of its own")]
fn international(search: &Search<'_>, written: &Written) -> Option<Option<Confidence>> {
    let text = search.slice(written.span.clone());
    // A zero in parentheses is for callers in the country.
    let digits: Vec<u8> = if memchr::memmem::find(text, b"(0)").is_some() {
        let zero = text.iter().take_while(|byte| **byte != b'(').filter(|byte| byte.is_ascii_digit()).count();
        written.digits.iter().enumerate().filter(|(at, _)| *at != zero).map(|(_, digit)| *digit).collect()
    } else {
        written.digits.clone()
    };
    if !has_plan(&digits) {
        return None;
    }
    // In a list of changes the plus sign is not part of the number, and in a sum it is an operator.
    let line_start = search.before(written.span.start).is_none_or(|byte| byte == b'\n');
    let formatted = written.groups.len() > 1;
    Some((formatted || !line_start).then_some(Confidence::Medium))
}

/// Whether the country that the digits begin with has such numbers.
fn has_plan(digits: &[u8]) -> bool {
    let Some((country, lengths)) = COUNTRIES.iter().find(|(country, _)| starts_with(digits, *country)) else {
        return false;
    };
    let rest = digits.get(country.ilog10() as usize + 1..).unwrap_or_default();
    let begins = match country {
        1 => is_north_american(rest),
        39 => true,
        _ => rest.first() != Some(&b'0'),
    };
    lengths.contains(&rest.len()) && begins && !is_uniform(rest) && !is_row(rest)
}

fn starts_with(digits: &[u8], country: u64) -> bool {
    number(digits, 0..country.ilog10() as usize + 1) == Some(country)
}

/// Whether ten digits are a number in the plan that the United States, Canada and the Caribbean share. Those with 555-01 are
/// kept for films.
fn is_north_american(digits: &[u8]) -> bool {
    let valid = |at: usize| digits.get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    let service = digits.get(1..3) == Some(b"11") || digits.get(4..6) == Some(b"11");
    let film = digits.get(3..8) == Some(b"55501");
    digits.len() == 10 && valid(0) && valid(3) && !service && !film
}

/// How sure a number without a country is alone, if some country has such numbers.
#[expect(clippy::option_option, reason = "no number, or a number with or without a confidence of its own")]
fn national(written: &Written) -> Option<Option<Confidence>> {
    let digits = written.digits.as_slice();
    let groups = written.groups.as_slice();
    let is = |shape: &[usize]| groups == shape;
    let ten = digits.strip_prefix(b"1").filter(|rest| rest.len() == 10).unwrap_or(digits);
    if is_north_american(ten) {
        let area_in_parentheses = written.parenthesis && (is(&[3, 3, 4]) || is(&[1, 3, 3, 4]));
        let common = is(&[3, 3, 4]) || is(&[10]) || is(&[1, 3, 3, 4]);
        return (area_in_parentheses || common).then_some(area_in_parentheses.then_some(Confidence::Medium));
    }
    // The shape of North America with digits that it does not have is an example.
    if is(&[3, 3, 4]) || is(&[1, 3, 3, 4]) {
        return None;
    }
    if let Some(abroad) = digits.strip_prefix(b"00") {
        return has_plan(abroad).then_some(None);
    }
    let brazilian = written.parenthesis && (is(&[2, 5, 4]) || is(&[2, 4, 4]));
    let chinese = is(&[11]) && digits.first() == Some(&b'1') && digits.get(1).is_some_and(|it| *it >= b'3');
    let with_zero = digits.first() == Some(&b'0') && (9..=12).contains(&digits.len());
    let mobile = is(&[9]) && matches!(digits.first(), Some(b'6' | b'7'))
        || is(&[10]) && digits.first().is_some_and(|it| *it >= b'6');
    let small = groups.len() > 3 && groups.iter().all(|group| *group <= 3) && !with_zero;
    let grouped = groups.len() > 1 && (8..=12).contains(&digits.len()) && !is_date_like(groups) && !small;
    if brazilian {
        return Some(Some(Confidence::Medium));
    }
    (chinese || with_zero || mobile || grouped).then_some(None)
}

/// Dates, addresses of machines and versions have groups too.
fn is_date_like(groups: &[usize]) -> bool {
    matches!(groups, [4, 2, 2] | [2 | 1, 2, 4] | [2, 1, 4] | [4, 4])
        || (groups.len() == 4 && groups.iter().all(|group| *group <= 3))
}
