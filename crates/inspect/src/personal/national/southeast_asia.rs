//! Singapore, Malaysia, Thailand, Indonesia, the Philippines, Vietnam.

use super::super::digits::{digits, is_row, is_short_date, is_uniform, number, pairs, weighted};

/// Singaporean identity card: a letter for the century or the kind of stay, seven digits, a check letter.
pub(crate) fn sg_nric(code: &[u8]) -> bool {
    let [kind, middle @ .., last] = code else { return false };
    let Some(d) = digits::<7>(middle) else { return false };
    let (letters, more): (&[u8; 11], u32) = match kind {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"XWUTRQPNJLK", 3),
        _ => return false,
    };
    let sum = weighted(&d, &[2, 7, 6, 5, 4, 3, 2]) + more;
    letters.get((sum % 11) as usize) == Some(last) && !is_uniform(middle) && !is_row(middle)
}

/// Malaysian identity card: birthday, place of birth, serial.
pub(crate) fn my_nric(code: &[u8]) -> bool {
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    let place =
        number(code, 6..8).is_some_and(|it| matches!(it, 1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99));
    code.len() == 12 && is_short_date(year, month, day) && place && number(code, 8..12).is_some()
}

/// Thai identity number.
pub(crate) fn th_id(code: &[u8]) -> bool {
    let Some(d) = digits::<13>(code) else { return false };
    let sum = weighted(&d, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (1..=8).contains(&d[0]) && (11 - sum % 11) % 10 == d[12] && !is_uniform(code)
}

/// Indonesian identity number: region, birthday (forty is added to the day of women), serial.
pub(crate) fn id_nik(code: &[u8]) -> bool {
    let Some([day, month, year]) = pairs(code, [6, 8, 10]) else { return false };
    let day = if day > 40 { day - 40 } else { day };
    let province = number(code, 0..2)
        .is_some_and(|it| matches!(it, 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97));
    let serial = number(code, 12..16).is_some_and(|it| it != 0);
    code.len() == 16 && province && is_short_date(year, month, day) && serial
}

/// Philippine numbers, none of which has a published check digit.
pub(crate) fn ph_number(code: &[u8]) -> bool {
    number(code, 0..code.len()).is_some() && !is_uniform(code) && !is_row(code)
}

/// Vietnamese citizen identity: province, sex and century, year of birth, serial.
pub(crate) fn vn_citizen(code: &[u8]) -> bool {
    let province = number(code, 0..3).is_some_and(|it| (1..=96).contains(&it));
    code.len() == 12 && province && number(code, 3..12).is_some() && !is_uniform(code.get(6..).unwrap_or_default())
}
