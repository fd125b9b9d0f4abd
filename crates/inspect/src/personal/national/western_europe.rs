//! Germany, Austria, Switzerland, France, Belgium, the Netherlands.

use super::super::digits::{digits, is_short_date, is_uniform, iso_11_10, number, pairs, weighted};

/// German tax identification number. Of its first ten digits one is there twice or three times, and the others at most once.
pub(crate) fn de_tax_id(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let first_ten = d.get(..10).unwrap_or_default();
    let mut counts = [0; 10];
    for digit in first_ten {
        if let Some(count) = counts.get_mut(*digit as usize) {
            *count += 1;
        }
    }
    let repeated: Vec<i32> = counts.into_iter().filter(|count| *count > 1).collect();
    d[0] != 0 && matches!(*repeated, [2 | 3]) && iso_11_10(&d)
}

/// Whether the last digit is right by the weights 7, 3 and 1 of machine readable travel documents.
pub(crate) fn travel_document_check(code: &[u8]) -> bool {
    let Some((last, body)) = code.split_last() else { return false };
    let value = |byte: &u8| if *byte == b'<' { Some(0) } else { char::from(*byte).to_digit(36) };
    let weights = [7, 3, 1].iter().cycle();
    let sum = body.iter().zip(weights).try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight));
    sum.is_some_and(|sum| char::from(*last).to_digit(10) == Some(sum % 10))
}

/// German identity card or passport: a letter of the authority, eight of an alphabet without vowels, a check digit.
pub(crate) fn de_id_card(code: &[u8]) -> bool {
    let alphabet = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    let mixed = code.first().is_some_and(u8::is_ascii_uppercase)
        && code.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3;
    code.len() == 10 && mixed && code.iter().all(alphabet) && travel_document_check(code)
}

/// German pension insurance number: area, birthday, the first letter of the name, serial, check digit.
pub(crate) fn de_pension(code: &[u8]) -> bool {
    let Some([day, month, _]) = pairs(code, [2, 4, 6]) else { return false };
    let Some(letter @ b'A'..=b'Z') = code.get(8) else { return false };
    let place = u32::from(letter - b'A') + 1;
    let value = |at: usize| code.get(at).and_then(|byte| char::from(*byte).to_digit(10));
    let spread: Option<Vec<u32>> =
        (0..8).map(value).chain([Some(place / 10), Some(place % 10)]).chain((9..11).map(value)).collect();
    let weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let sum = spread.map(|all| {
        all.iter().zip(weights).map(|(digit, weight)| digit * weight).map(|it| it / 10 + it % 10).sum::<u32>()
    });
    let date = (1..=31).contains(&day) && (1..=12).contains(&month);
    code.len() == 12 && date && sum.is_some_and(|sum| value(11) == Some(sum % 10))
}

/// Austrian social insurance number: serial, check digit, birthday.
pub(crate) fn at_svnr(code: &[u8]) -> bool {
    let Some(d) = digits::<10>(code) else { return false };
    let Some([day, month, _]) = pairs(code, [4, 6, 8]) else { return false };
    let check = weighted(&d, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    d[0] != 0 && check == d[3] && (1..=31).contains(&day) && (1..=15).contains(&month)
}

/// Swiss social insurance number: an article number of the country 756.
pub(crate) fn ch_ahv(code: &[u8]) -> bool {
    let Some(d) = digits::<13>(code) else { return false };
    let sum = weighted(&d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    code.starts_with(b"756") && sum.is_multiple_of(10) && !is_uniform(code.get(3..12).unwrap_or_default())
}

/// French social security number: sex, year, month, place of birth, order, and the complement to 97.
pub(crate) fn fr_nir(code: &[u8]) -> bool {
    let sex = matches!(code.first(), Some(b'1' | b'2'));
    let month = number(code, 3..5).is_some_and(|it| matches!(it, 1..=12 | 20 | 30..=42 | 50..=99));
    // The departments of Corsica have letters, which stand for numbers.
    let department = match code.get(5..7) {
        Some(b"2A") => 19,
        Some(b"2B") => 18,
        _ => number(code, 5..7).unwrap_or(0),
    };
    let (Some(head), Some(tail), Some(key)) = (number(code, 0..5), number(code, 7..13), number(code, 13..15)) else {
        return false;
    };
    let body = (head * 100 + department) * 1_000_000 + tail;
    code.len() == 15 && sex && month && department != 0 && tail % 1000 != 0 && 97 - body % 97 == key
}

/// Belgian national register number: birthday, counter, complement to 97. Who was born since 2000 has a two before it.
pub(crate) fn be_nrn(code: &[u8]) -> bool {
    let Some([year, month, day]) = pairs(code, [0, 2, 4]) else { return false };
    let (Some(body), Some(key), Some(counter)) = (number(code, 0..9), number(code, 9..11), number(code, 6..9)) else {
        return false;
    };
    // Who is registered without living there has twenty or forty added to the month.
    let month = if month > 40 {
        month - 40
    } else if month > 20 {
        month - 20
    } else {
        month
    };
    let right = 97 - body % 97 == key || 97 - (2_000_000_000 + body) % 97 == key;
    code.len() == 11 && is_short_date(year, month, day) && (1..999).contains(&counter) && right
}

/// Dutch citizen service number: the test of eleven.
pub(crate) fn nl_bsn(code: &[u8]) -> bool {
    let Some(d) = digits::<9>(code) else { return false };
    let sum = weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2, 10]);
    sum.is_multiple_of(11) && !is_uniform(code) && code != b"123456782"
}
