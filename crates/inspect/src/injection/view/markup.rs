//! Words that are split by markup, by a line end with a hyphen, or by putting strings together:
//! `ig<b></b>nore`, `ig**no**re`, `instruc-⏎tions`, `"ign" + "ore"`.

use super::passage::{Writer, around};
use super::{Undone, View};
use std::ops::Range;

/// How much text around such a word is read together with it.
const AROUND: usize = 240;

/// The longest piece of markup inside a word.
const LONGEST: usize = 64;

/// Adds a view for each passage with words that are split.
pub(crate) fn undo(view: &View<'_>, marks: &[usize], views: &mut Vec<View<'static>>) {
    let text = view.text.as_ref();
    let bytes = text.as_bytes();
    let splits: Vec<Range<usize>> = marks.iter().filter_map(|at| split(bytes, *at)).collect();
    for passage in around(text, splits.iter().cloned(), AROUND) {
        let mut writer = Writer::default();
        let mut from = passage.start;
        let first = splits.partition_point(|split| split.start < passage.start);
        for split in splits.iter().skip(first).take_while(|split| split.start < passage.end) {
            if split.start >= from && split.end <= passage.end {
                writer.same(text, from..split.start);
                from = split.end;
            }
        }
        writer.same(text, from..passage.end);
        views.push(view.then(Undone::Markup, writer.text, writer.pieces));
    }
}

/// The markup that begins at `at`, if it stands between two letters.
fn split(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let before = bytes.get(at.checked_sub(1)?)?;
    let rest = bytes.get(at..)?;
    if !before.is_ascii_alphabetic() || !matches!(rest.first()?, b'<' | b'*' | b'`' | b'~' | b'-' | b'"' | b'\'') {
        return None;
    }
    let length = markup(rest)?;
    let behind = rest.get(length)?;
    behind.is_ascii_alphabetic().then_some(at..at + length)
}

/// How long the markup is that a text begins with.
fn markup(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!', ..] => {
            let close = rest.iter().take(LONGEST).position(|byte| *byte == b'>')?;
            let line = rest.get(1..close)?;
            if line.contains(&b'<') || line.contains(&b'\n') {
                return None;
            }
            // An empty element is two pieces of markup behind each other.
            Some(close + 1 + rest.get(close + 1..).and_then(markup_again).unwrap_or(0))
        }
        [sign @ (b'*' | b'`' | b'~'), second, ..] => Some(if sign == second { 2 } else { 1 }),
        [b'-', b'\n', ..] => {
            let indent = rest
                .iter()
                .skip(2)
                .take(LONGEST)
                .take_while(|byte| matches!(byte, b' ' | b'\t' | b'#' | b'/' | b'*'))
                .count();
            Some(2 + indent)
        }
        [quote @ (b'"' | b'\''), between @ ..] => {
            let gap = between
                .iter()
                .take(LONGEST)
                .take_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'+' | b'.' | b'\\'))
                .count();
            let plus = between.iter().take(gap).any(|byte| matches!(byte, b'+' | b'.'));
            (plus && between.get(gap) == Some(quote)).then_some(gap + 2)
        }
        _ => None,
    }
}

fn markup_again(rest: &[u8]) -> Option<usize> {
    rest.starts_with(b"<").then(|| rest.iter().take(LONGEST).position(|byte| *byte == b'>').map(|close| close + 1))?
}
