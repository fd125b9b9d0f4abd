//! Brazil, Argentina, Chile, Colombia.

use super::super::digits::{digits, is_row, is_uniform, number, weighted};

/// Brazilian taxpayer number of a person: two check digits, each over all that comes before it.
pub(crate) fn br_cpf(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let check = |sum: u32| (sum * 10 % 11) % 10;
    let first = check(weighted(&d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let second = check(weighted(&d, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    [first, second] == [d[9], d[10]] && !is_uniform(code) && code != b"12345678909"
}

/// Brazilian taxpayer number of a company.
pub(crate) fn br_cnpj(code: &[u8]) -> bool {
    let Some(d) = digits::<14>(code) else { return false };
    let check = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = check(weighted(&d, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    let second = check(weighted(&d, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    [first, second] == [d[12], d[13]] && !is_uniform(code)
}

/// Argentine tax and labour number.
pub(crate) fn ar_cuit(code: &[u8]) -> bool {
    let Some(d) = digits::<11>(code) else { return false };
    let prefix = number(code, 0..2).is_some_and(|it| matches!(it, 20 | 23 | 24 | 27 | 30 | 33 | 34));
    let check = match 11 - weighted(&d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        11 => 0,
        10 => 9,
        other => other,
    };
    prefix && check == d[10]
}

/// Argentine identity document, which has no check digit.
pub(crate) fn ar_dni(code: &[u8]) -> bool {
    let issued = number(code, 0..code.len()).is_some_and(|it| (1_000_000..100_000_000).contains(&it));
    issued && !is_uniform(code) && !is_row(code)
}

/// Chilean tax and identity number; its check digit may be a K.
pub(crate) fn cl_rut(code: &[u8]) -> bool {
    let Some((last, body)) = code.split_last() else { return false };
    let value = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let weights = [2, 3, 4, 5, 6, 7].iter().cycle();
    let sum = body.iter().rev().zip(weights).try_fold(0, |sum, (byte, weight)| Some(sum + value(byte)? * weight));
    let expected = sum.map(|sum| match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        other => b'0' + u8::try_from(other).unwrap_or(0),
    });
    (7..=8).contains(&body.len()) && expected == Some(*last) && !is_uniform(body) && body.first() != Some(&b'0')
}

/// Colombian citizenship card, which has no check digit.
pub(crate) fn co_cc(code: &[u8]) -> bool {
    number(code, 0..code.len()).is_some_and(|it| it >= 100_000)
        && !is_uniform(code)
        && !is_row(code)
        && code.first() != Some(&b'0')
}
