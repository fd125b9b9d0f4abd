//! Italy, Spain, Portugal, Greece.

use super::super::digits::{digits, is_row, is_short_date, is_uniform, luhn, number, pairs, weighted};

/// The digit that a letter stands for, where two people would have the same code and digits are replaced.
fn digit_or_letter(byte: u8) -> Option<u64> {
    match byte {
        b'0'..=b'9' => Some(u64::from(byte - b'0')),
        _ => b"LMNPQRSTUV".iter().zip(0..).find(|(letter, _)| **letter == byte).map(|(_, digit)| digit),
    }
}

/// Italian tax code: letters of the name, the birthday, the place, and a check letter.
pub(crate) fn it_codice_fiscale(code: &[u8]) -> bool {
    /// What a character counts at an odd place, by its value.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Ok(code) = <&[u8; 16]>::try_from(code) else { return false };
    let value = |byte: &u8| if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A') };
    let odd = |byte: &u8| ODD.get(usize::from(value(byte))).copied().unwrap_or_default();
    let weigh = |(at, byte): (usize, &u8)| if at % 2 == 0 { odd(byte) } else { u32::from(value(byte)) };
    let sum: u32 = code.iter().take(15).enumerate().map(weigh).sum();
    let month = b"ABCDEHLMPRST".contains(&code[8]);
    let day = digit_or_letter(code[9]).zip(digit_or_letter(code[10])).map(|(tens, ones)| tens * 10 + ones);
    let places =
        [6, 7, 9, 10, 12, 13, 14].iter().all(|at| code.get(*at).is_some_and(|byte| digit_or_letter(*byte).is_some()));
    let letters = [0, 1, 2, 3, 4, 5, 11, 15].iter().all(|at| code.get(*at).is_some_and(u8::is_ascii_uppercase));
    letters
        && places
        && month
        && matches!(day, Some(1..=31 | 41..=71))
        && u32::from(code[15].wrapping_sub(b'A')) == sum % 26
}

const ES_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn es_letter(number: u64) -> Option<&'static u8> {
    ES_LETTERS.get(usize::try_from(number % 23).ok()?)
}

/// Spanish identity document: eight digits and a letter.
pub(crate) fn es_dni(code: &[u8]) -> bool {
    let Some(number) = number(code, 0..8) else { return false };
    let made_up = is_uniform(code.get(..8).unwrap_or_default()) || number == 12_345_678;
    code.len() == 9 && es_letter(number) == code.get(8) && !made_up
}

/// Spanish number of a foreigner: the first letter stands for a digit.
pub(crate) fn es_nie(code: &[u8]) -> bool {
    let first = match code.first() {
        Some(letter @ b'X'..=b'Z') => u64::from(letter - b'X'),
        _ => return false,
    };
    let made_up = is_uniform(code.get(1..8).unwrap_or_default()) || code.get(1..8).is_some_and(is_row);
    code.len() == 9
        && !made_up
        && number(code, 1..8).is_some_and(|rest| es_letter(first * 10_000_000 + rest) == code.get(8))
}

/// Portuguese tax number.
pub(crate) fn pt_nif(code: &[u8]) -> bool {
    let Some(d) = digits::<9>(code) else { return false };
    let check = 11 - weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let person = matches!(d[0], 1..=3) || code.starts_with(b"45");
    person && (if check > 9 { 0 } else { check }) == d[8] && code != b"123456789"
}

/// Greek social security number: birthday, serial, Luhn.
pub(crate) fn gr_amka(code: &[u8]) -> bool {
    let Some([day, month, year]) = pairs(code, [0, 2, 4]) else { return false };
    digits::<11>(code).is_some_and(|digits| luhn(&digits)) && is_short_date(year, month, day)
}
