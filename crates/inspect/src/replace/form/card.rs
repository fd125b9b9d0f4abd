//! Numbers of payment cards: same length and spacing, a number from the range that payment services take for tests of the
//! same brand, and a valid check digit.

use super::Stream;

/// How the numbers of a brand begin, and how its test numbers do.
const BRANDS: [(&str, &str); 12] = [
    ("34", "378282"),
    ("37", "378282"),
    ("30", "305693"),
    ("36", "305693"),
    ("38", "305693"),
    ("35", "356600"),
    ("4", "400000"),
    ("5", "555555"),
    ("2", "555555"),
    ("62", "620000"),
    ("60", "601111"),
    ("6", "601111"),
];

/// Test numbers of no brand: 9 is left to each country.
const NO_BRAND: &str = "999999";

/// Whether this is a card number: 13 to 19 digits, spaces or hyphens between them, and a valid check digit.
pub(super) fn fits(value: &str) -> bool {
    let digits: Vec<u32> = value.chars().filter_map(|c| c.to_digit(10)).collect();
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    (13..=19).contains(&digits.len())
        && value.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-')
        && is_digit(value.chars().next())
        && is_digit(value.chars().next_back())
        && luhn(&digits) == 0
}

/// At least six digits that nobody can guess.
pub(super) fn make(value: &str, stream: &mut Stream<'_>) -> String {
    let compact: String = value.chars().filter(char::is_ascii_digit).collect();
    let brand = BRANDS.iter().find(|(start, _)| compact.starts_with(start)).map_or(NO_BRAND, |(_, test)| test);
    let free = compact.len().saturating_sub(brand.len() + 1);
    let mut digits: Vec<u32> = brand.chars().filter_map(|c| c.to_digit(10)).collect();
    digits.extend((0..free).filter_map(|_| stream.digit().to_digit(10)));
    digits.push(0);
    let check = (10 - luhn(&digits)) % 10;
    digits.pop();
    digits.push(check);
    let mut next = digits.into_iter().filter_map(|digit| char::from_digit(digit, 10));
    value.chars().map(|c| if c.is_ascii_digit() { next.next().unwrap_or(c) } else { c }).collect()
}

/// The sum of Luhn's check modulo ten: zero for a valid number.
fn luhn(digits: &[u32]) -> u32 {
    let weighed = digits.iter().rev().enumerate().map(|(place, digit)| match place % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    });
    weighed.sum::<u32>() % 10
}
