//! Turkey, Israel, Saudi Arabia, the United Arab Emirates, Egypt.

use super::super::digits::{digits, is_short_date, is_uniform, luhn, number, pairs};

/// Turkish identity number: two check digits.
pub(crate) fn tr_tckn(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let odd = d[0] + d[2] + d[4] + d[6] + d[8];
    let even = d[1] + d[3] + d[5] + d[7];
    let first = (odd * 7 + 100 - even) % 10;
    let second = (odd + even + d[9]) % 10;
    d[0] != 0 && [first, second] == [d[9], d[10]]
}

/// Israeli identity number.
pub(crate) fn il_id(code: &[u8]) -> bool {
    digits::<9>(code).is_some_and(|digits| luhn(&digits)) && !is_uniform(code)
}

/// Saudi identity and residence number.
pub(crate) fn sa_id(code: &[u8]) -> bool {
    digits::<10>(code).is_some_and(|digits| luhn(&digits))
        && matches!(code.first(), Some(b'1' | b'2'))
        && !is_uniform(code)
}

/// Identity number of the Emirates: the country, the year of birth, a serial, Luhn.
pub(crate) fn ae_id(code: &[u8]) -> bool {
    let year = number(code, 3..7).is_some_and(|year| (1900..2100).contains(&year));
    code.starts_with(b"784") && year && digits::<15>(code).is_some_and(|digits| luhn(&digits))
}

/// Egyptian national number: century, birthday, governorate, serial.
pub(crate) fn eg_id(code: &[u8]) -> bool {
    let Some([year, month, day]) = pairs(code, [1, 3, 5]) else { return false };
    let governorate = number(code, 7..9).is_some_and(|it| matches!(it, 1..=35 | 88));
    digits::<14>(code).is_some()
        && matches!(code.first(), Some(b'2' | b'3'))
        && is_short_date(year, month, day)
        && governorate
}
