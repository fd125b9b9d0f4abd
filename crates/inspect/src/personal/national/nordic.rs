//! Sweden, Norway, Denmark, Finland.

use super::super::digits::{digits, is_date, is_short_date, luhn, number, pairs, weighted};

/// Swedish personal number of ten or twelve digits. A coordination number has sixty added to the day.
pub(crate) fn se_personal_number(code: &[u8]) -> bool {
    let (century, short) = match code.len() {
        10 => (None, Some(code)),
        12 => (number(code, 0..2), code.get(2..)),
        _ => return false,
    };
    let Some(short) = short else { return false };
    let Some([year, month, day]) = pairs(short, [0, 2, 4]) else { return false };
    let day = if day > 60 { day - 60 } else { day };
    let date = match century {
        None => is_short_date(year, month, day),
        Some(century) => matches!(century, 18..=20) && is_date(century * 100 + year, month, day),
    };
    date && digits::<10>(short).is_some_and(|digits| luhn(&digits))
}

/// Norwegian birth number with two check digits. Forty is added to the day for foreigners, and to the month in test data.
pub(crate) fn no_birth_number(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let Some([day, month, year]) = pairs(code, [0, 2, 4]) else { return false };
    let day = if day > 40 { day - 40 } else { day };
    let check = |sum: u32| (11 - sum % 11) % 11;
    let first = check(weighted(&d, &[3, 7, 6, 1, 8, 9, 4, 5, 2]));
    let second = check(weighted(&d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]));
    is_short_date(year, month, day) && [first, second] == [d[9], d[10]]
}

/// Danish civil registration number. Its check digit was given up in 2007, so only the birthday counts.
pub(crate) fn dk_cpr(code: &[u8]) -> bool {
    let Some([day, month, year]) = pairs(code, [0, 2, 4]) else { return false };
    let day = if day > 60 { day - 60 } else { day };
    code.len() == 10 && is_short_date(year, month, day) && number(code, 6..10).is_some_and(|serial| serial != 0)
}

/// Finnish identity code. The sign between birthday and serial tells the century, and may be a letter.
pub(crate) fn fi_hetu(code: &[u8]) -> bool {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let serial_at = match code.get(6) {
        Some(b'A'..=b'F' | b'U'..=b'Y') => 7,
        _ => 6,
    };
    let Some([day, month, year]) = pairs(code, [0, 2, 4]) else { return false };
    let (Some(birthday), Some(serial)) = (number(code, 0..6), number(code, serial_at..serial_at + 3)) else {
        return false;
    };
    let check = usize::try_from((birthday * 1000 + serial) % 31).ok().and_then(|at| LETTERS.get(at));
    code.len() == serial_at + 4 && is_short_date(year, month, day) && serial >= 2 && check == code.last()
}
