//! United Kingdom and Ireland.

use super::super::digits::{digits, is_uniform, number, weighted};

/// National insurance number. Some letters and pairs of letters are never issued.
pub(crate) fn uk_nino(code: &[u8]) -> bool {
    let [first, second, middle @ .., last] = code else { return false };
    let never = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"].contains(&&[*first, *second]);
    let letters = !b"DFIQUV".contains(first) && !b"DFIQUVO".contains(second);
    let digits =
        middle.len() == 6 && middle.iter().all(u8::is_ascii_digit) && !is_uniform(middle) && middle != b"123456";
    letters && !never && digits && matches!(last, b'A'..=b'D')
}

/// Number of the National Health Service.
pub(crate) fn uk_nhs(code: &[u8]) -> bool {
    let Some(d) = digits::<10>(code) else { return false };
    let check = 11 - weighted(&d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    check % 11 == d[9] && check != 10 && !is_uniform(code)
}

/// Driving licence: five letters of the name filled up with nines, the birthday taken apart, two initials.
pub(crate) fn uk_driving_licence(code: &[u8]) -> bool {
    let Some(name) = code.get(..5) else { return false };
    let letters = name.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let filled = name.iter().skip(letters).all(|byte| *byte == b'9');
    let (Some(month), Some(day)) = (number(code, 6..8), number(code, 8..10)) else { return false };
    let date = matches!(month, 1..=12 | 51..=62) && (1..=31).contains(&day) && number(code, 5..11).is_some();
    let initials =
        code.get(11..13).is_some_and(|two| two.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'9'));
    let check = code.get(14..16).is_some_and(|two| two.iter().all(u8::is_ascii_uppercase));
    code.len() == 16 && letters >= 2 && filled && date && initials && check
}

/// Irish personal public service number: a check letter over seven digits and perhaps a second letter.
pub(crate) fn ie_pps(code: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let Some(d) = code.get(..7).and_then(digits::<7>) else { return false };
    let extra = match code.get(8) {
        None | Some(b'W') => 0,
        Some(letter @ b'A'..=b'I') => u32::from(letter - b'A') + 1,
        Some(_) => return false,
    };
    let sum = weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) + extra * 9;
    (8..=9).contains(&code.len()) && LETTERS.get((sum % 23) as usize) == code.get(7)
}
