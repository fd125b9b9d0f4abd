//! China, Japan, South Korea, Taiwan, Hong Kong.

use super::super::digits::{digits, is_date, is_row, is_uniform, number, pairs, weighted};

/// Chinese resident identity number: region, birthday, order, and ISO 7064 modulus 11 and 2.
pub(crate) fn cn_resident(code: &[u8]) -> bool {
    const LETTERS: &[u8; 11] = b"10X98765432";
    let Some(d) = code.get(..17).and_then(digits::<17>) else { return false };
    let (Some(province), Some(year)) = (number(code, 0..2), number(code, 6..10)) else { return false };
    let (Some(month), Some(day)) = (number(code, 10..12), number(code, 12..14)) else { return false };
    let known = matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    let sum = weighted(&d, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let right = LETTERS.get((sum % 11) as usize) == code.get(17);
    code.len() == 18 && known && (1900..2100).contains(&year) && is_date(year, month, day) && right
}

/// Japanese individual number.
pub(crate) fn jp_my_number(code: &[u8]) -> bool {
    let Some(d) = digits::<12>(code) else { return false };
    let rest = weighted(&d, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest < 2 { 0 } else { 11 - rest }) == d[11] && !is_uniform(code) && code != b"123456789018"
}

/// South Korean resident registration number. Numbers that were issued since October 2020 have no check digit.
pub(crate) fn kr_rrn(code: &[u8]) -> bool {
    let Some(d) = digits::<13>(code) else { return false };
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    let century = match d[6] {
        1 | 2 | 5 | 6 => 1900,
        3 | 4 | 7 | 8 => 2000,
        _ => 1800,
    };
    let check = (11 - weighted(&d, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10;
    // Foreigners' numbers are two further on.
    let right = check == d[12] || (d[6] >= 5 && (check + 2) % 10 == d[12]);
    let unchecked = century == 2000 && year >= 20;
    is_date(century + year, month, day) && (right || unchecked)
}

/// Taiwanese identity card: a letter for the county, which counts as two digits, and the sex.
pub(crate) fn tw_id(code: &[u8]) -> bool {
    /// The letters by the numbers from ten on that they stand for.
    const ORDER: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let county = code.first().and_then(|letter| ORDER.iter().zip(10_u32..).find(|(it, _)| *it == letter));
    let (Some((_, county)), Some(d)) = (county, code.get(1..).and_then(digits::<9>)) else { return false };
    let sum = county / 10 + county % 10 * 9 + weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(d[0], 1 | 2 | 8 | 9) && sum.is_multiple_of(10) && code != b"A123456789"
}

/// Hong Kong identity card: one or two letters, six digits, a check digit that may be an A.
pub(crate) fn hk_id(code: &[u8]) -> bool {
    let value = |byte: &u8| char::from(*byte).to_digit(36);
    let body = code.get(..code.len().saturating_sub(1)).unwrap_or_default();
    let letters = body.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    // A missing first letter counts as a space, which is 36.
    let missing = if letters == 1 { Some(36 * 9) } else { Some(0) };
    let sum = body.iter().rev().zip(2..).fold(missing, |sum, (byte, weight)| Some(sum? + value(byte)? * weight));
    let check = sum.map(|sum| (11 - sum % 11) % 11);
    let last = code.last().and_then(|byte| char::from(*byte).to_digit(11));
    let six = body.get(letters..).unwrap_or_default();
    let digits = six.len() == 6 && six.iter().all(u8::is_ascii_digit) && !is_uniform(six) && !is_row(six);
    (1..=2).contains(&letters) && digits && check.is_some() && check == last
}
