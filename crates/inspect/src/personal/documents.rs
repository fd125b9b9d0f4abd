//! Numbers of documents that have no published check digit. What was typed to fill in a form is refused.

use super::digits::{is_row, is_uniform};

fn digits_of(code: &[u8]) -> Vec<u8> {
    code.iter().copied().filter(u8::is_ascii_digit).collect()
}

/// Whether the digits were drawn, as far as that can be seen.
fn is_issued(code: &[u8], least: usize) -> bool {
    let digits = digits_of(code);
    let different = |digits: &[u8]| (b'0'..=b'9').filter(|digit| digits.contains(digit)).count();
    digits.len() >= least && !is_uniform(&digits) && !is_row(&digits) && different(&digits) > 2
}

/// Passport number.
pub(crate) fn passport(code: &[u8]) -> bool {
    is_issued(code, 5)
}

/// Driving licence number. Every second licence text has some year in it.
pub(crate) fn driving_licence(code: &[u8]) -> bool {
    is_issued(code, 6)
}

/// Number of a record or an account.
pub(crate) fn record_number(code: &[u8]) -> bool {
    is_issued(code, 5)
}

/// Number of an insured person.
pub(crate) fn insurance_number(code: &[u8]) -> bool {
    is_issued(code, 6)
}
