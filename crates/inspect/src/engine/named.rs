//! Values that only their name gives away: thirty-two hexadecimal digits are a credential if they are what is assigned
//! to `datadog_api_key`. From the word that names it, a few steps forward: the rest of the name, what assigns, the value.

use super::boundary::{may_end, may_start};
use super::confirm::{Match, weigh};
use super::words::is_words;
use portcullis_event::Confidence;
use portcullis_patterns::Rule;
use std::ops::Range;

/// Longest name.
const NAME: usize = 48;

/// Most bytes between the name and the value.
const GAP: usize = 72;

/// Most words between the name and the value: `os.getenv("KEY", "value")` has none, `Authorization: Bearer value` one.
const WORDS: usize = 2;

/// A word after which the value is something else: what follows identifies or checks, and opens nothing.
const OTHER: [&[u8]; 12] = [
    b"sha",
    b"sha1",
    b"sha256",
    b"md5",
    b"hash",
    b"digest",
    b"checksum",
    b"commit",
    b"revision",
    b"etag",
    b"integrity",
    b"version",
];

/// A place where a value may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: usize,
    /// Nothing but an operator, quotes and white space stands between.
    direct: bool,
}

/// The name that holds the word at `word`, with what belongs to it on both sides. `None` if the word is only a part of
/// another word, as `box` is of `mailbox`.
pub(crate) fn name(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let starts = match text.get(..word.start).and_then(<[u8]>::last) {
        // In `myDatadogKey` a word starts where an upper-case letter follows a lower-case one.
        Some(before) if before.is_ascii_lowercase() => text.get(word.start).is_some_and(u8::is_ascii_uppercase),
        Some(before) if before.is_ascii_uppercase() => text.get(word.start + 1).is_some_and(u8::is_ascii_lowercase),
        Some(_) | None => true,
    };
    if !starts {
        return None;
    }
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let left = text.get(word.start.saturating_sub(NAME)..word.start).unwrap_or_default();
    let right = text.get(word.end..text.len().min(word.end + NAME)).unwrap_or_default();
    let before = left.iter().rev().take_while(|byte| part(byte)).count();
    let after = right.iter().take_while(|byte| part(byte)).count();
    Some(word.start - before..word.end + after)
}

/// Where the value of the name that ends at `from` may start.
fn places(text: &[u8], name: &Range<usize>) -> Vec<Place> {
    let mut out = Vec::new();
    let (mut operator, mut words, mut lines) = (false, 0, 0);
    let flag = text.get(name.start..name.end).is_some_and(|it| it.starts_with(b"-"));
    let mut at = name.end;
    let end = text.len().min(name.end + GAP);
    while let Some(byte) = text.get(at..end).and_then(<[u8]>::first) {
        match byte {
            b'=' | b':' | b'>' | b',' | b'(' | b'|' | b'"' | b'\'' | b'`' => operator = true,
            b'\n' => lines += 1,
            b';' | b'}' => return out,
            _ => {}
        }
        if lines > 1 {
            return out;
        }
        let word = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'+' | b'/' | b'.' | b'-' | b'$' | b'!' | b'@' | b'#');
        if word && may_start(text, at, portcullis_patterns::Boundary::Word) {
            if operator || flag || at > name.end {
                out.push(Place { at, direct: words == 0 && (operator || flag) });
            }
            if byte.is_ascii_alphanumeric() {
                let length =
                    text.get(at..).unwrap_or_default().iter().take_while(|it| it.is_ascii_alphanumeric()).count();
                words += 1;
                let what = text.get(at..at + length).unwrap_or_default();
                if words > WORDS || OTHER.iter().any(|other| what.eq_ignore_ascii_case(other)) {
                    return out;
                }
                at += length;
                continue;
            }
        }
        at += 1;
    }
    out
}

/// The matches of `rule` whose value the word at `word` names.
pub(crate) fn named<'a>(rule: &'a Rule, text: &[u8], word: Range<usize>, out: &mut Vec<Match<'a>>) {
    let Some(name) = name(text, word.clone()) else { return };
    for place in places(text, &name) {
        let Some((confidence, span)) = at_place(rule, text, &name, place) else { continue };
        let word = text.get(word.clone()).unwrap_or_default();
        if is_words(&rule.pattern, text.get(span.clone()).unwrap_or_default(), word) {
            continue;
        }
        let shown = String::from_utf8_lossy(word).into_owned();
        out.push(Match { rule, span, confidence, reason: Some(format!("the name of the value holds `{shown}`")) });
        return;
    }
}

fn at_place(rule: &Rule, text: &[u8], name: &Range<usize>, place: Place) -> Option<(Confidence, Range<usize>)> {
    let limit = text.len().min(place.at + rule.longest);
    let from = match &rule.before {
        Some(before) => before.end(text, place.at, limit)?,
        None => place.at,
    };
    let to = rule.pattern.end(text, from, limit)?;
    if let Some(after) = &rule.after {
        after.end(text, to, limit)?;
    }
    if !may_end(text, to, rule.boundary) || !has_company(rule, text, name.start..from) {
        return None;
    }
    let (confidence, _) = weigh(rule, text.get(from..to)?)?;
    let confidence = if place.direct { confidence } else { confidence.min(Confidence::Medium) };
    Some((confidence, from..to))
}

/// Whether one of the words that the rule asks for stands in the name, or between it and the value.
fn has_company(rule: &Rule, text: &[u8], between: Range<usize>) -> bool {
    let between = text.get(between).unwrap_or_default();
    rule.with.is_empty()
        || rule
            .with
            .iter()
            .any(|word| between.windows(word.len().max(1)).any(|it| it.eq_ignore_ascii_case(word.as_bytes())))
}
