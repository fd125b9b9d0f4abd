//! A name and a value that stand apart: `name="password" value="x"`, `- name: PASSWORD` with `value: x` on the next
//! line, `<key>password</key><string>x</string>`, `variable "password" { default = "x" }`.

use super::literal::{Stop, bare, quote_at, quoted};
use crate::generic::name::is_name_byte;
use crate::generic::place::Place;
use crate::generic::shape::Literal;
use crate::generic::view::View;
use std::ops::Range;

/// So far behind its name a value may start.
const APART: usize = 160;
/// Words that give something its name.
#[rustfmt::skip]
const NAMING: &[&str] = &[
    "name", "key", "id", "field", "option", "variable", "property", "env", "parameter", "setting", "parametername",
    "parameterkey", "type",
];
/// Words that give it its value.
#[rustfmt::skip]
const VALUING: &[&str] = &[
    "value", "default", "string", "defaultvalue", "parametervalue", "initialvalue", "defaultvalue", "content",
];

/// Whether a value may follow apart from a name: cheap, and asked of nearly every name.
pub(super) fn may_follow(view: View<'_>, start: usize, end: usize) -> bool {
    let closed = matches!(view.at(end), b'"' | b'\'' | b'\\' | b'<' | b'\n' | b'\r' | b' ');
    let opened = matches!(view.before(start), b'"' | b'\'' | b'>' | b' ');
    closed && opened && naming(view, start).is_some()
}

/// The value that goes with a name that is itself the value of a naming word.
pub(super) fn value_of(view: View<'_>, name: Range<usize>, place: Place) -> Option<Literal> {
    naming(view, name.start)?;
    let closing = quote_at(view, name.end);
    let from = super::assignment::after_quote(name.end, closing);
    let ahead = view.ahead(from, APART);
    if view.at(from) == b'>' && closing.is_some() {
        // `<property name="password">x</property>`.
        let literal = bare(view, view.skip_line_end(from + 1), Stop::Element);
        return Some(literal).filter(|it| it.value.len() >= 4 && view.at(it.end) == b'<');
    }
    let mut lines = 0;
    let mut at = 0;
    while at < ahead.len() {
        let byte = view.at(from + at);
        lines += usize::from(byte == b'\n');
        // The next entry of a list, or the end of this one.
        if lines > 4
            || byte == b'}'
            || byte == b'/' && view.at(from + at + 1) == b'>'
            || byte == b'\n' && is_entry(view, from + at + 1)
        {
            return None;
        }
        if !is_name_byte(byte) {
            at += 1;
            continue;
        }
        // What closes the naming element names nothing.
        let closes = view.slice(from + at.saturating_sub(2)..from + at) == b"</";
        let length = ahead.get(at..).unwrap_or_default().iter().take_while(|byte| is_name_byte(**byte)).count();
        let word = view.slice(from + at..from + at + length);
        // Of the same thing, its type may be told as well.
        if is_one_of(word, NAMING) && !closes && !word.eq_ignore_ascii_case(b"type") {
            return None;
        }
        if is_one_of(word, VALUING)
            && let Some(literal) = valued(view, from + at, from + at + length, place)
        {
            return Some(literal);
        }
        at += length;
    }
    None
}

/// Whether a line starts a new entry of a YAML list.
fn is_entry(view: View<'_>, at: usize) -> bool {
    let at = view.skip_blanks(at);
    view.at(at) == b'-' && view.at(at + 1) == b' '
}

/// The value behind a valuing word.
fn valued(view: View<'_>, start: usize, end: usize, place: Place) -> Option<Literal> {
    let at = end + quote_at(view, end).map_or(0, super::literal::Quote::len);
    let at = view.skip_blanks(at);
    if matches!(view.before(start), b':' | b'[' | b'.' | b'@') {
        // An expression is bound to the attribute.
        return None;
    }
    let opened = view.before(start) == b'<';
    let at = match view.at(at) {
        b'>' if opened => return Some(bare(view, at + 1, Stop::Element)).filter(|it| view.at(it.end) == b'<'),
        b'=' | b':' => view.skip_blanks(at + 1),
        _ => return None,
    };
    if let Some(literal) = quoted(view, at) {
        return Some(literal);
    }
    let literal = bare(view, at, Stop::Settings);
    let value = view.slice(literal.value.clone());
    let opens = value.first().is_some_and(|byte| b"$({[<&*%@|>!".contains(byte));
    (!place.wants_quotes() && value.len() >= 4 && !opens).then_some(literal)
}

/// Where the naming word before a name starts: `name="`, `"name": "`, `name: `, `<key>`, `variable "`.
fn naming(view: View<'_>, start: usize) -> Option<usize> {
    let mut at = start;
    let quote = view.before(at);
    if matches!(quote, b'"' | b'\'') {
        at -= 1;
        while view.before(at) == b'\\' {
            at -= 1;
        }
    }
    at = view.back_over_blanks(at);
    let operator = view.before(at);
    if matches!(operator, b'=' | b':' | b'>') {
        at = view.back_over_blanks(at - 1);
        while matches!(view.before(at), b'"' | b'\'' | b'\\') {
            at -= 1;
        }
    } else if quote != b'"' {
        return None;
    }
    let length = view.behind(at, 16).iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    let word = view.slice(at - length..at);
    is_one_of(word, NAMING).then_some(at - length)
}

fn is_one_of(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
}
