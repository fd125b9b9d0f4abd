//! Numbers by the way they are written. A number is read group by group; after each group its signature so far is looked up
//! among those of the rules' forms.

use super::iban;
use super::rule::{self, Finder};
use super::search::{Search, rule_of};
use super::signature::{self, mix};

/// What may stand between two groups of a number.
const SEPARATORS: &[u8] = b" .-/(+";
/// Longest number, with its separators.
const LONGEST: usize = 32;
/// Most groups before the one that was seen, and their longest.
const GROUPS_BEFORE: usize = 6;
const LONGEST_BEFORE: usize = 6;

/// How a number is set off from what stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    /// It is not: it goes on.
    None,
    /// By something that also stands inside paths and names.
    Rough,
    /// By a space, a quotation mark, or nothing at all.
    Clean,
}

/// Looks for forms in the number that has a digit at a place.
pub(super) fn find(search: &mut Search<'_>, at: usize) {
    let mut start = group_start(search, at);
    let first = start;
    let mut starts = [start; GROUPS_BEFORE + 1];
    for slot in starts.iter_mut().skip(1) {
        start = group_before(search, start).unwrap_or(start);
        *slot = start;
    }
    for start in starts.into_iter().rev() {
        if start >= search.walked {
            search.walked = start + 1;
            walk(search, start);
        }
    }
    search.walked = search.walked.max(first + 1);
}

/// Looks for forms in what follows a word: nothing else may lead to them.
pub(super) fn find_behind(search: &mut Search<'_>, word_end: usize) {
    const NEAR: usize = 40;
    let mut at = word_end;
    let end = (word_end + NEAR).min(search.text.len());
    while at < end {
        let group = search.slice(at..end).iter().position(u8::is_ascii_alphanumeric);
        let Some(start) = group.map(|group| at + group) else { return };
        let length = search.slice(start..end).iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if search.slice(start..start + length).iter().any(u8::is_ascii_digit) || length == 2 {
            walk(search, start);
        }
        at = start + length;
    }
}

fn group_start(search: &Search<'_>, at: usize) -> usize {
    let lowest = at.saturating_sub(LONGEST);
    let before = search.slice(lowest..at).iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    at - before
}

/// The start of the group before one, if it could belong to the same number: it is short, and no word.
fn group_before(search: &Search<'_>, start: usize) -> Option<usize> {
    let separator = search.before(start).filter(|byte| SEPARATORS.contains(byte))?;
    let end = start - 1;
    let before = group_start(search, end);
    let group = search.slice(before..end);
    let short = (1..=LONGEST_BEFORE).contains(&group.len());
    let code = group.iter().any(u8::is_ascii_digit) || (group.len() <= 4 && group.iter().all(u8::is_ascii_uppercase));
    (short && code && separator != b'(').then_some(before)
}

/// Reads the number that begins at a place, and looks up what it looks like after each group.
fn walk(search: &mut Search<'_>, start: usize) {
    let edge = edge_before(search, start);
    if edge == Edge::None {
        return;
    }
    iban::find(search, start);
    let (mut signature, mut groups) = (signature::START, 0);
    for at in start..start + LONGEST {
        let Some(byte) = search.byte(at) else { return };
        let next_is_alphanumeric = search.byte(at + 1).is_some_and(|next| next.is_ascii_alphanumeric());
        let in_group = byte.is_ascii_alphanumeric();
        if !(in_group || SEPARATORS.contains(&byte) && next_is_alphanumeric) {
            return;
        }
        signature = mix(signature, signature::class(byte));
        if in_group && !next_is_alphanumeric {
            groups += 1;
            look_up(search, start..at + 1, signature, edge);
            if groups == 1 {
                look_up(search, start..at + 1, signature::mixed(at + 1 - start), edge);
            }
        }
    }
}

fn look_up(search: &mut Search<'_>, span: std::ops::Range<usize>, signature: u64, before: Edge) {
    let forms = rule::forms(signature);
    if forms.is_empty() {
        return;
    }
    let edge = before.min(edge_after(search, span.end));
    let written = search.slice(span.clone());
    let code: Vec<u8> =
        written.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect();
    let small = written.iter().any(u8::is_ascii_lowercase);
    for form in forms {
        let fits = rule_of(form.rule)
            .is_some_and(|rule| rule.finder == Finder::Form && rule.check.is_none_or(|check| check(&code)));
        if fits && edge != Edge::None {
            let alone = form.alone.filter(|_| edge == Edge::Clean && !small);
            search.offer(form.rule, span.clone(), alone, None);
        }
    }
}

/// How a number is set off from what stands before it.
fn edge_before(search: &Search<'_>, start: usize) -> Edge {
    let Some(byte) = search.before(start) else { return Edge::Clean };
    let second = start.checked_sub(1).and_then(|at| search.before(at)).unwrap_or(b' ');
    match byte {
        b'_' | b'+' | b'$' | b'%' | b'@' | b'\\' => Edge::None,
        b'.' | b',' | b':' | b'-' | b'/' if second.is_ascii_digit() => Edge::None,
        b'.' | b'-' | b'/' | b'&' | b'*' | b'^' | b'~' => Edge::Rough,
        b'#' | b':' | b'=' | b',' => Edge::Clean,
        _ if byte.is_ascii_alphanumeric() => Edge::None,
        // Euro and pound signs end with these bytes.
        0xac | 0xa3 => Edge::None,
        b' ' if second.is_ascii_digit() => Edge::Rough,
        _ => Edge::Clean,
    }
}

/// How a number is set off from what stands after it.
fn edge_after(search: &Search<'_>, end: usize) -> Edge {
    let Some(byte) = search.byte(end) else { return Edge::Clean };
    let second = search.byte(end + 1).unwrap_or(b' ');
    match byte {
        b'_' | b'%' | b'@' | b'\\' => Edge::None,
        b'.' | b':' | b'-' | b'/' if second.is_ascii_digit() => Edge::None,
        b'.' | b':' | b'-' | b'/' | b'(' | b'*' | b'^' if second.is_ascii_alphanumeric() => Edge::Rough,
        _ if byte.is_ascii_alphanumeric() => Edge::None,
        b' ' if second.is_ascii_digit() => Edge::Rough,
        _ => Edge::Clean,
    }
}
