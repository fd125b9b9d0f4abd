//! Codes of banks. They look like any word in capitals, so they count only right behind `BIC` or `SWIFT`.

use super::super::search::{Found, Search};
use super::countries::is_country;
use portcullis_event::Confidence;
use std::ops::Range;

/// Most characters between the word and the code.
const NEAR: usize = 12;

/// Looks for a code behind a word.
pub(crate) fn find_behind(search: &mut Search<'_>, rule: u16, word: &Range<usize>) {
    let behind = search.slice(word.end..(word.end + NEAR + 12).min(search.text.len()));
    let Some(start) = behind.iter().take(NEAR).position(u8::is_ascii_uppercase) else { return };
    let joint = behind.get(..start).unwrap_or_default();
    let code = behind.get(start..).unwrap_or_default();
    let code = code.get(..code.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()).unwrap_or_default();
    // In a sentence a word in capitals is a word; behind a colon it is a value.
    let is_value = joint.iter().any(|byte| b":=\"'>#|".contains(byte)) || code.iter().any(u8::is_ascii_digit);
    if is_value && is_bic(code) {
        let span = word.end + start..word.end + start + code.len();
        search.add(Found { span, rule, confidence: Confidence::Medium, word: Some(word.clone()), why: None });
    }
}

fn is_bic(code: &[u8]) -> bool {
    let upper = code.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let bank = code.get(..4).is_some_and(|bank| bank.iter().all(u8::is_ascii_uppercase));
    matches!(code.len(), 8 | 11) && upper && bank && code.get(4..6).is_some_and(is_country)
}
