//! Poland, Russia, Ukraine, Czechia, Slovakia, Romania, Bulgaria, Croatia, Estonia, Lithuania.

use super::super::digits::{digits, is_date, is_short_date, is_uniform, iso_11_10, number, pairs, weighted};

/// Polish number of the population register. The century is in the month.
pub(crate) fn pl_pesel(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    let century = match month / 20 {
        0 => 1900,
        1 => 2000,
        2 => 2100,
        3 => 2200,
        _ => 1800,
    };
    let right = (weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])).is_multiple_of(10);
    right && is_date(century + year, month % 20, day)
}

/// Russian taxpayer number of a person: two check digits.
pub(crate) fn ru_inn(code: &[u8]) -> bool {
    let Some(d) = digits::<12>(code) else { return false };
    let first = weighted(&d, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(&d, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    [first, second] == [d[10], d[11]] && !is_uniform(code) && number(code, 0..2) != Some(0)
}

/// Russian pension insurance number: the sum of nine digits by their places, and 101.
pub(crate) fn ru_snils(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let sum = weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    // Lower numbers were issued without a check.
    number(code, 0..9).is_some_and(|it| it > 1_001_998)
        && number(code, 9..11) == Some(u64::from(sum))
        && !is_uniform(code)
}

/// Ukrainian taxpayer number: days since the end of 1899, serial, check digit.
pub(crate) fn ua_rnokpp(code: &[u8]) -> bool {
    let Some(d) = digits::<10>(code) else { return false };
    // The first weight is minus one, which is ten modulo eleven.
    let check = weighted(&d, &[10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10;
    let days = number(code, 0..5).is_some_and(|days| (1..=47_000).contains(&days));
    check == d[9] && days && !is_uniform(code)
}

/// Czech and Slovak birth number. Fifty is added to the month of women, and twenty when a day ran out of numbers.
pub(crate) fn cz_birth_number(code: &[u8]) -> bool {
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    let month = match month {
        51..=62 => month - 50,
        71..=82 => month - 70,
        21..=32 => month - 20,
        other => other,
    };
    let right = number(code, 0..10).is_some_and(|it| it.is_multiple_of(11));
    code.len() == 10 && is_short_date(year, month, day) && right
}

/// Romanian personal number: sex and century, birthday, county, serial, check digit.
pub(crate) fn ro_cnp(code: &[u8]) -> bool {
    let Some(d) = digits::<13>(code) else { return false };
    let Some([year, month, day]) = pairs(code, [1, 3, 5]) else { return false };
    let check = weighted(&d, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let county = number(code, 7..9).is_some_and(|it| matches!(it, 1..=48 | 51 | 52 | 70 | 80..=83));
    d[0] != 0 && is_short_date(year, month, day) && county && (if check == 10 { 1 } else { check }) == d[12]
}

/// Bulgarian civil number. The century is in the month.
pub(crate) fn bg_egn(code: &[u8]) -> bool {
    let Some(d) = digits::<10>(code) else { return false };
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    let (century, month) = match month {
        21..=32 => (1800, month - 20),
        41..=52 => (2000, month - 40),
        other => (1900, other),
    };
    is_date(century + year, month, day) && weighted(&d, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == d[9]
}

/// Croatian personal number.
pub(crate) fn hr_oib(code: &[u8]) -> bool {
    digits::<11>(code).is_some_and(|digits| iso_11_10(&digits)) && !is_uniform(code)
}

/// Estonian and Lithuanian personal code: sex and century, birthday, serial, check digit with a second try.
pub(crate) fn baltic_personal_code(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let Some([year, month, day]) = pairs(code, [1, 3, 5]) else { return false };
    let first = weighted(&d, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(&d, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    (1..=6).contains(&d[0]) && is_short_date(year, month, day) && (if first == 10 { second } else { first }) == d[10]
}
