//! Base64 and hexadecimal text that holds text.
//!
//! A narrow view, for sentences: whether the decoded bytes read as a text decides. Packings and other encodings are the
//! business of `crate::decode`.

use super::{LONGEST_BLOB, Undone, View};
use crate::base64_digit::base64_digit;
use std::ops::Range;

/// The fewest bytes of decoded text that are worth looking at.
const SHORTEST: usize = 10;

/// Adds a view for each run that decodes to a text.
pub(crate) fn undo(view: &View<'_>, runs: &[Range<usize>], views: &mut Vec<View<'static>>) {
    let mut runs = runs.iter().peekable();
    while let Some(run) = runs.next() {
        let mut all = vec![run.clone()];
        // An encoded text may be wrapped into lines.
        while let Some(next) = runs.next_if(|next| continues(view.text.as_bytes(), &all, next)) {
            all.push(next.clone());
        }
        if let Some(found) = decode(view, &all) {
            views.push(found);
        }
    }
}

/// Whether `next` goes on where the last run ended, behind the end of a line.
fn continues(text: &[u8], runs: &[Range<usize>], next: &Range<usize>) -> bool {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return false };
    let between = text.get(last.end..next.start).unwrap_or_default();
    let wraps = between.contains(&b'\n') || between.starts_with(b"\\n");
    let blank = between
        .iter()
        .all(|byte| matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'"' | b'\'' | b'+' | b'\\' | b'n' | b'#'));
    between.len() <= 16 && wraps && blank && next.end - first.start <= LONGEST_BLOB
}

fn decode(view: &View<'_>, runs: &[Range<usize>]) -> Option<View<'static>> {
    let (first, last) = (runs.first()?, runs.last()?);
    let bytes = view.text.as_bytes();
    let whole: Vec<u8> = runs.iter().filter_map(|run| bytes.get(run.clone())).flatten().copied().collect();
    for (skipped, body) in candidates(&whole) {
        let body = body.get(..body.len().min(LONGEST_BLOB)).unwrap_or_default();
        let decoded = hexadecimal(body).map(|text| (Undone::Hex, text));
        let decoded = decoded.or_else(|| base64(body).map(|text| (Undone::Base64, text)));
        if let Some((undone, text)) = decoded {
            let start = if skipped < first.len() { first.start + skipped } else { first.start };
            return Some(view.then_whole(undone, text, start..last.end));
        }
    }
    None
}

/// The run itself, and what stands behind a sign in it that may be no part of the encoding: `key=SGVs…`, `a/b/SGVs…`.
fn candidates(run: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let body = run.trim_ascii_end();
    let padding = body.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = body.get(..body.len() - padding).unwrap_or_default();
    let signs = body.iter().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b'/' | b'-' | b'_' | b'+' | b'x'));
    let cuts = signs.map(|(at, _)| at + 1).take(6);
    std::iter::once(0).chain(cuts).filter_map(move |cut| Some((cut, body.get(cut..)?)))
}

/// The text that hexadecimal digits stand for.
fn hexadecimal(body: &[u8]) -> Option<String> {
    if body.len() < 2 * SHORTEST || !body.len().is_multiple_of(2) {
        return None;
    }
    let (pairs, _) = body.as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    readable(bytes?)
}

fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The text that base64 of either alphabet stands for. Padding must be gone.
fn base64(body: &[u8]) -> Option<String> {
    // Text in base64 has letters of both sizes; names and paths mostly have not.
    let plausible = body.iter().filter(|byte| byte.is_ascii_uppercase()).count() >= 2
        && body.iter().filter(|byte| byte.is_ascii_lowercase()).count() >= 2
        && body.len() % 4 != 1;
    if !plausible {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 3);
    for four in body.chunks(4) {
        let bits = four.iter().try_fold(0u32, |bits, byte| Some(bits << 6 | u32::from(base64_digit(*byte)?)))?
            << (6 * (4 - four.len()));
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend(three.iter().take(four.len() - 1));
        // Most of what is no encoding is found out by its first bytes.
        if bytes.len() == 6
            && bytes.iter().any(|byte: &u8| *byte < 0x20 && !byte.is_ascii_whitespace() && *byte != 0x1b)
        {
            return None;
        }
    }
    readable(bytes)
}

/// The bytes as text, if that is what they are: no control characters, and mostly letters and blanks.
pub(crate) fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() >= SHORTEST)?;
    let control = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{1b}');
    let total = text.chars().count();
    let words = text.chars().filter(|letter| letter.is_alphanumeric() || letter.is_whitespace()).count();
    (!text.contains(control) && words * 10 >= total * 7).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str) -> Vec<(Undone, String)> {
        let survey = super::super::Survey::of(text.as_bytes());
        let mut views = Vec::new();
        undo(&View::original(text), &survey.blobs, &mut views);
        views.into_iter().map(|view| (*view.undone.last().unwrap(), view.text.into_owned())).collect()
    }

    #[test]
    fn finds_text_in_base64_behind_a_name_and_over_line_ends() {
        let hello = "hello there, dear reader of this";
        for text in [
            "x = aGVsbG8gdGhlcmUsIGRlYXIgcmVhZGVyIG9mIHRoaXM=",
            "key=aGVsbG8gdGhlcmUsIGRlYXIgcmVhZGVyIG9mIHRoaXM",
            "aGVsbG8gdGhlcmUsIGRl\nYXIgcmVhZGVyIG9mIHRoaXM=",
            "data:text/plain;base64,aGVsbG8gdGhlcmUsIGRlYXIgcmVhZGVyIG9mIHRoaXM=",
        ] {
            assert_eq!(undone(text), [(Undone::Base64, hello.to_owned())], "{text}");
        }
    }

    #[test]
    fn finds_text_in_hexadecimal_digits() {
        assert_eq!(undone("0x68656c6c6f2074686572652c20796f75"), [(Undone::Hex, "hello there, you".to_owned())]);
    }

    #[test]
    fn what_is_no_text_stays_what_it_is() {
        for text in [
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "/usr/local/lib/python3/site-packages/some/module",
            "someVeryLongIdentifierInCamelCaseThatGoesOnAndOn",
        ] {
            assert_eq!(undone(text), [], "{text}");
        }
    }
}
