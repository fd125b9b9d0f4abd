//! Australia and New Zealand.

use super::super::digits::{digits, is_row, is_uniform, number, weighted};

/// Australian tax file number of eight or nine digits.
pub(crate) fn au_tfn(code: &[u8]) -> bool {
    let long = digits::<9>(code).map(|d| weighted(&d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]));
    let short = digits::<8>(code).map(|d| weighted(&d, &[10, 7, 8, 4, 6, 3, 5, 1]));
    long.or(short).is_some_and(|sum| sum.is_multiple_of(11)) && !is_uniform(code) && !is_row(code)
}

/// Australian Medicare card: the ninth digit checks the first eight, the tenth counts the cards.
pub(crate) fn au_medicare(code: &[u8]) -> bool {
    let Some(d) = code.get(..10).and_then(digits::<10>) else { return false };
    let right = weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == d[8];
    (10..=11).contains(&code.len())
        && (2..=6).contains(&d[0])
        && right
        && d[9] != 0
        && number(code, 0..code.len()).is_some()
}

/// New Zealand tax number, with a second try if the first gives ten.
pub(crate) fn nz_ird(code: &[u8]) -> bool {
    let padded = if code.len() == 8 { [b"0".as_slice(), code].concat() } else { code.to_vec() };
    let Some(d) = digits::<9>(&padded) else { return false };
    let check = |weights: [u32; 8]| (11 - weighted(&d, &weights) % 11) % 11;
    let first = check([3, 2, 7, 6, 5, 4, 3, 2]);
    let right = if first == 10 { check([7, 4, 3, 2, 5, 2, 7, 6]) } else { first };
    let range = number(&padded, 0..9).is_some_and(|it| (10_000_000..150_000_000).contains(&it));
    range && right == d[8]
}
