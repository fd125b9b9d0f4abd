//! UUIDs: same version and variant, same case, every other digit another one.

use super::Stream;

/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// Where version and variant stand.
const KEPT: [usize; 2] = [14, 19];

/// Whether this is a UUID in its usual form.
pub(super) fn fits(value: &str) -> bool {
    let fits = |(place, c): (usize, char)| if HYPHENS.contains(&place) { c == '-' } else { c.is_ascii_hexdigit() };
    value.len() == 36 && value.chars().enumerate().all(fits)
}

/// 120 bits that nobody can guess.
pub(super) fn make(value: &str, stream: &mut Stream<'_>) -> String {
    let is_upper = value.contains(|c: char| c.is_ascii_uppercase());
    let other = |(place, c): (usize, char)| {
        if HYPHENS.contains(&place) || KEPT.contains(&place) {
            return c;
        }
        let digit = stream.one_of(b"0123456789abcdef");
        if is_upper { digit.to_ascii_uppercase() } else { digit }
    };
    value.chars().enumerate().map(other).collect()
}
