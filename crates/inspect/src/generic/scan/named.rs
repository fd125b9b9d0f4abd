//! The name that a trigger is a part of, and what links it to a value.

use super::operator::{Link, after, linking};
use super::{pair, prose, statement};
use crate::generic::name::is_name_byte;
use crate::generic::view::View;
use std::ops::Range;

/// Half of a name is at most this long.
const NAME: usize = 64;

/// The name around a trigger, and what links it to a value. The link is read first: most names have none, and that is
/// seen in a few bytes.
pub(super) fn linked(view: View<'_>, trigger: Range<usize>) -> Option<(Range<usize>, Option<Link>)> {
    let is_part = |byte: &&u8| is_name_byte(**byte);
    // A trigger may hold the operator; the name ends before it.
    let inside =
        view.slice(trigger.clone()).iter().skip_while(|byte| !is_name_byte(**byte)).take_while(is_part).count();
    // In `mot de passe` the last word counts.
    let words = if view.says(trigger.start, "de passe") { 3 } else { 0 };
    let inside = if words > 0 { "passe".len() } else { inside };
    let lead = view.slice(trigger.clone()).iter().take_while(|byte| !is_name_byte(**byte)).count() + words;
    let from = trigger.start + lead;
    let ahead = view.ahead(from + inside, NAME);
    let rest = if from + inside < trigger.end { 0 } else { rest_of_name(view, from + inside, ahead) };
    let end = from + inside + rest;
    // The end of a sentence is no part of a name.
    let end = if rest > 0 && view.before(end) == b'.' { end - 1 } else { end };
    let behind = view.behind(from, NAME).iter().rev().take_while(is_part).count();
    if rest >= NAME || behind >= NAME || inside == 0 {
        return None;
    }
    let start = from - behind;
    let link = after(view, start, end);
    let ends = view.slice(start..end) == b"chpasswd";
    let heads = matches!(view.at(end), b',' | b';' | b'\t' | b'"' | b'\n' | b'\r')
        || view.line_before(start).trim_ascii_start().first() == Some(&b'|');
    let stands = link.is_some()
        || ends
        || heads
        || pair::may_follow(view, start, end)
        || statement::may_insert(view, start, end)
        || prose::behind_value(view, start).is_some();
    stands.then_some((start..end, link))
}

/// How much of what follows belongs to a name: up to a sign of another script that links it to its value.
fn rest_of_name(view: View<'_>, from: usize, ahead: &[u8]) -> usize {
    let length = ahead.iter().take_while(|byte| is_name_byte(**byte)).count();
    let is_wide = |at: &usize| ahead.get(*at).is_some_and(|byte| *byte >= 0x80);
    (0..length).filter(is_wide).find(|at| linking(view, from + at).is_some()).unwrap_or(length)
}
