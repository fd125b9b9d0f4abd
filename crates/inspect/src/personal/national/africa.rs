//! South Africa and Nigeria.

use super::super::digits::{digits, is_row, is_short_date, is_uniform, luhn, pairs};

/// South African identity number: birthday, sex, citizenship, Luhn.
pub(crate) fn za_id(code: &[u8]) -> bool {
    let Some(d) = digits::<13>(code) else { return false };
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    is_short_date(year, month, day) && d[10] < 3 && luhn(&d)
}

/// Nigerian identity number, which has no published check digit.
pub(crate) fn ng_nin(code: &[u8]) -> bool {
    digits::<11>(code).is_some() && !is_uniform(code) && !is_row(code)
}

/// Nigerian bank verification number.
pub(crate) fn ng_bvn(code: &[u8]) -> bool {
    code.starts_with(b"22") && ng_nin(code)
}
