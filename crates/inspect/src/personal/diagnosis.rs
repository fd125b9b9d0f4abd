//! Diagnoses by their codes in ICD-10. The code of an illness is no secret; beside a patient it is.

use super::search::{Found, Search};
use portcullis_event::Confidence;
use std::ops::Range;

/// Most characters between the word and the code.
const NEAR: usize = 32;
/// How far the patient may be.
const PATIENT: usize = 96;
const PATIENTS: [&[u8]; 12] = [
    b"patient",
    b"mrn",
    b"dob",
    b"hospital",
    b"clinic",
    b"physician",
    b"krankenhaus",
    b"geburtsdatum",
    b"paciente",
    b"paziente",
    b"admitted",
    b"prescri",
];

/// Looks for a code behind a word.
pub(super) fn find_behind(search: &mut Search<'_>, rule: u16, word: &Range<usize>) {
    let behind = search.slice(word.end..(word.end + NEAR).min(search.text.len()));
    let line = behind.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some(span) = code(line).map(|code| word.end + code.start..word.end + code.end) else { return };
    let around = search
        .slice(word.start.saturating_sub(PATIENT)..(span.end + PATIENT).min(search.text.len()))
        .to_ascii_lowercase();
    if PATIENTS.iter().any(|patient| memchr::memmem::find(&around, patient).is_some()) {
        search.add(Found {
            span,
            rule,
            confidence: Confidence::Medium,
            word: Some(word.clone()),
            why: Some("a patient is near"),
        });
    }
}

/// A letter, two digits, and perhaps a point and up to four more.
fn code(line: &[u8]) -> Option<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
    let mut at = 0;
    while at < line.len() {
        let length = line.get(at..)?.iter().take_while(|byte| is_part(byte)).count();
        let token = line.get(at..at + length)?;
        let token = token.strip_suffix(b".").unwrap_or(token);
        if is_code(token) {
            return Some(at..at + token.len());
        }
        at += length + 1;
    }
    None
}

fn is_code(token: &[u8]) -> bool {
    let [letter, tens, ones, rest @ ..] = token else { return false };
    let category = letter.is_ascii_uppercase()
        && *letter != b'U'
        && tens.is_ascii_digit()
        && (ones.is_ascii_digit() || matches!(ones, b'A' | b'B'));
    let rest = match rest {
        [] => true,
        [b'.', detail @ ..] => {
            (1..=4).contains(&detail.len())
                && detail.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        }
        _ => false,
    };
    category && rest
}
