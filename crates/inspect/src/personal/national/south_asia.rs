//! India and Pakistan.

use super::super::digits::{digits, is_row, is_uniform, verhoeff};

/// Indian Aadhaar number: Verhoeff, and it begins with neither zero nor one.
pub(crate) fn in_aadhaar(code: &[u8]) -> bool {
    let Some(d) = digits::<12>(code) else { return false };
    let palindrome = code.iter().eq(code.iter().rev());
    d[0] > 1 && verhoeff(&d) && !palindrome
}

/// Indian permanent account number. The fourth letter tells what sort of holder it is: P is a person.
pub(crate) fn in_pan(code: &[u8]) -> bool {
    let [a, b, c, holder, _, digits @ .., last] = code else { return false };
    let known = b"ABCFGHJKLPT".contains(holder)
        && last.is_ascii_uppercase()
        && [a, b, c].iter().all(|it| it.is_ascii_uppercase());
    // These letters and digits are what every form shows as its example.
    let example = [*a, *b, *c] == *b"ABC" || digits == b"1234";
    code.len() == 10 && known && digits.iter().all(u8::is_ascii_digit) && digits != b"0000" && !example
}

/// Pakistani identity card: province, district, family, and a digit for the sex.
pub(crate) fn pk_cnic(code: &[u8]) -> bool {
    digits::<13>(code).is_some_and(|d| (1..=8).contains(&d[0]) && d[1] != 0 && d[12] != 0)
        && !is_uniform(code)
        && !is_row(code)
}
