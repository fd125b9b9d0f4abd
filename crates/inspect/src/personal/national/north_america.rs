//! United States, Canada, Mexico.

use super::super::digits::{digits, is_row, is_short_date, is_uniform, luhn, number, pairs};

/// Numbers that were printed in advertisements and specimens, and are used by thousands.
const US_SPECIMENS: [&[u8]; 4] = [b"078051120", b"219099999", b"457555462", b"123456789"];

/// Social security number.
pub(crate) fn us_ssn(code: &[u8]) -> bool {
    let (Some(area), Some(group), Some(serial)) = (number(code, 0..3), number(code, 3..5), number(code, 5..9)) else {
        return false;
    };
    let issued = (1..900).contains(&area) && area != 666 && group != 0 && serial != 0;
    code.len() == 9 && issued && !is_uniform(code) && !is_row(code) && !US_SPECIMENS.contains(&code)
}

/// Individual taxpayer identification number.
pub(crate) fn us_itin(code: &[u8]) -> bool {
    let (Some(area), Some(group)) = (number(code, 0..3), number(code, 3..5)) else { return false };
    code.len() == 9 && area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99) && !is_row(code)
}

/// Canadian social insurance number.
pub(crate) fn ca_sin(code: &[u8]) -> bool {
    digits::<9>(code).is_some_and(|digits| luhn(&digits)) && !matches!(code.first(), Some(b'0' | b'8'))
}

/// Mexican population registry code. It begins with letters of the name, the birthday and the state.
pub(crate) fn mx_curp(code: &[u8]) -> bool {
    const STATES: &[u8] = b"ASBCBSCCCLCMCSCHDFDGGTGRHGJCMCMNMSNTNLOCPLQTQRSPSLSRTCTSTLVZYNZSNE";
    let Some([year, month, day]) = pairs(code, [4, 6, 8]) else { return false };
    let (Some(sex), Some(state), Some(last)) = (code.get(10), code.get(11..13), number(code, 17..18)) else {
        return false;
    };
    // The alphabet of Mexico has an Ñ between N and O.
    let value = |byte: &u8| char::from(*byte).to_digit(36).map(|it| u64::from(it + u32::from(*byte > b'N')));
    let sum =
        code.iter().take(17).zip((2..=18).rev()).try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight));
    let known = STATES.as_chunks::<2>().0.iter().any(|it| it == state);
    let right = sum.is_some_and(|sum| (10 - sum % 10) % 10 == last);
    code.len() == 18 && is_short_date(year, month, day) && matches!(sex, b'H' | b'M' | b'X') && known && right
}

/// Mexican taxpayer registry code of a person.
pub(crate) fn mx_rfc(code: &[u8]) -> bool {
    let Some([year, month, day]) = pairs(code, [4, 6, 8]) else { return false };
    let value = |byte: &u8| char::from(*byte).to_digit(36).map(|it| it + u32::from(*byte > b'N'));
    let sum =
        code.iter().take(12).zip((2..=13).rev()).try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight));
    let right = sum
        .map(|sum| (11 - sum % 11) % 11)
        .zip(code.get(12))
        .is_some_and(|(check, last)| char::from(*last).to_digit(11).is_some_and(|last| last == check));
    code.len() == 13 && is_short_date(year, month, day) && right
}

/// Medicare beneficiary identifier. Its letters leave out those that look like digits.
pub(crate) fn us_mbi(code: &[u8]) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !matches!(byte, b'S' | b'L' | b'O' | b'I' | b'B' | b'Z');
    let kinds = *b"CAXNAXNAANN";
    let fits = |(byte, kind): (&u8, u8)| match kind {
        b'C' => matches!(byte, b'1'..=b'9'),
        b'A' => letter(*byte),
        b'N' => byte.is_ascii_digit(),
        _ => letter(*byte) || byte.is_ascii_digit(),
    };
    code.len() == kinds.len() && code.iter().zip(kinds).all(fits)
}

/// National provider identifier of a physician: Luhn behind the prefix of health applications in the United States.
pub(crate) fn us_npi(code: &[u8]) -> bool {
    let prefixed = digits::<10>(code).map(|npi| [[8, 0, 8, 4, 0].as_slice(), &npi].concat());
    prefixed.is_some_and(|digits| luhn(&digits)) && matches!(code.first(), Some(b'1' | b'2')) && !is_row(code)
}

/// Number of the Drug Enforcement Administration for who may prescribe.
pub(crate) fn us_dea(code: &[u8]) -> bool {
    let kind = code.first().is_some_and(|byte| b"ABCDEFGHJKLMPRSTUX".contains(byte));
    let name = code.get(1).is_some_and(|byte| byte.is_ascii_uppercase() || *byte == b'9');
    let right = code
        .get(2..)
        .and_then(digits::<7>)
        .is_some_and(|[a, b, c, d, e, f, check]| (a + c + e + 2 * (b + d + f)) % 10 == check);
    kind && name && right && !is_uniform(code.get(2..).unwrap_or_default())
}

/// Routing number of a bank: three weights in turn, and the first two digits of a Federal Reserve district.
pub(crate) fn us_aba(code: &[u8]) -> bool {
    let Some(digits) = digits::<9>(code) else { return false };
    let sum: u32 = digits.iter().zip([3, 7, 1].iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    let district = number(code, 0..2).is_some_and(|it| matches!(it, 0..=12 | 21..=32 | 61..=72 | 80));
    sum.is_multiple_of(10) && district && !is_uniform(code)
}

/// Vehicle identification number with the check digit that North America asks for.
pub(crate) fn vin(code: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'H' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    };
    let sum = code.iter().zip(WEIGHTS).try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight));
    let expected = sum.map(|sum| if sum % 11 == 10 { b'X' } else { b'0' + (sum % 11) as u8 });
    let mixed = code.iter().any(u8::is_ascii_uppercase) && number(code, 13..17).is_some();
    code.len() == 17 && expected.as_ref() == code.get(8) && expected.is_some() && mixed
}
