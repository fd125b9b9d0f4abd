//! What the check digits of the world have in common: weighted sums, Luhn, Verhoeff, ISO 7064, and dates that exist.

/// The digits of a number that has exactly so many and nothing else.
pub(super) fn digits<const N: usize>(code: &[u8]) -> Option<[u32; N]> {
    let code: &[u8; N] = code.try_into().ok()?;
    code.iter().all(u8::is_ascii_digit).then(|| code.map(|byte| u32::from(byte - b'0')))
}

/// The number that the digits of a range make.
pub(super) fn number(code: &[u8], range: std::ops::Range<usize>) -> Option<u64> {
    let digits = code.get(range)?;
    let add =
        |sum: u64, byte: &u8| byte.is_ascii_digit().then(|| sum.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')));
    digits.iter().try_fold(0, add)
}

/// The sum of the digits, each multiplied by its weight. What has no weight does not count.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Whether the last digit is right by the formula of Luhn.
pub(super) fn luhn(digits: &[u32]) -> bool {
    let doubled = |(at, digit): (usize, &u32)| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// As [`luhn`], of a code that may have any length.
pub(super) fn luhn_code(code: &[u8]) -> bool {
    let digits: Vec<u32> = code.iter().map(|byte| u32::from(byte.wrapping_sub(b'0'))).collect();
    code.iter().all(u8::is_ascii_digit) && luhn(&digits)
}

/// Whether the last digit is right by the scheme of Verhoeff, which multiplies in a group of ten that is not commutative.
pub(super) fn verhoeff(digits: &[u32]) -> bool {
    // Rotations and reflections of a pentagon.
    let multiply = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permute = |digit: u32| [1, 5, 7, 6, 2, 8, 3, 0, 9, 4].get(digit as usize).copied().unwrap_or_default();
    let mut check = 0;
    for (at, digit) in digits.iter().rev().enumerate() {
        let permuted = (0..at % 8).fold(*digit, |digit, _| permute(digit));
        check = multiply(check, permuted);
    }
    check == 0
}

/// Whether the last digit is right by ISO 7064, modulus 11 and 10.
pub(super) fn iso_11_10(digits: &[u32]) -> bool {
    let Some((last, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + last) % 10 == 1
}

/// The remainder of a code by 97, its letters written as 10 to 35.
pub(super) fn mod_97(code: impl Iterator<Item = u8>) -> u32 {
    code.fold(0, |rest, byte| {
        let value = char::from(byte).to_digit(36).unwrap_or_default();
        (if value < 10 { rest * 10 } else { rest * 100 } + value) % 97
    })
}

/// Whether a day exists.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether a day exists in this century or the one before.
pub(super) fn is_short_date(year: u64, month: u64, day: u64) -> bool {
    is_date(1900 + year, month, day) || is_date(2000 + year, month, day)
}

/// The numbers that two digits each make at three places.
pub(super) fn pairs(code: &[u8], places: [usize; 3]) -> Option<[u64; 3]> {
    let [a, b, c] = places.map(|at| number(code, at..at + 2));
    Some([a?, b?, c?])
}

/// Whether all characters are the same, which no issuer hands out and many programs fill in.
pub(super) fn is_uniform(code: &[u8]) -> bool {
    code.windows(2).all(|two| two.first() == two.last())
}

/// Whether each digit is the one before plus one, or minus one; after nine comes zero.
pub(super) fn is_row(code: &[u8]) -> bool {
    let step = |by: u8| {
        code.windows(2).all(|two| matches!(two, [a, b] if (a.wrapping_sub(b'0') + by) % 10 == b.wrapping_sub(b'0')))
    };
    code.len() > 2 && code.iter().all(u8::is_ascii_digit) && (step(1) || step(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_are_right_and_their_neighbours_are_not() {
        assert!(luhn_code(b"79927398713") && !luhn_code(b"79927398710"));
        let verhoeff_of = |text: &[u8; 4]| verhoeff(&digits::<4>(text).unwrap());
        assert!(verhoeff_of(b"2363") && !verhoeff_of(b"2364") && !verhoeff_of(b"3263"));
        assert!(iso_11_10(&[0, 7, 9, 4, 5]) && !iso_11_10(&[0, 7, 9, 4, 6]));
        assert_eq!(mod_97("3214282912345698765432161182".bytes()), 1);
    }

    #[test]
    fn knows_which_days_exist() {
        assert!(is_date(2000, 2, 29) && is_date(2024, 2, 29) && is_date(1999, 12, 31));
        assert!(!is_date(1900, 2, 29) && !is_date(2023, 2, 29) && !is_date(2020, 4, 31) && !is_date(2020, 0, 1));
        assert!(!is_date(2020, 1, 0) && !is_date(2020, 13, 1));
    }
}
