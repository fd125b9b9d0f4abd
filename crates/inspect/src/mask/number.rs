//! Numbers: as many digits as before, and no number leaves the range of the integer type that it fits.

use super::permutation::permuted;
use crate::keyed::Keyed;

/// The largest values of the integer types that databases have. A number that fits a type still fits it afterwards.
const TYPE_ENDS: &[u128] = &[
    127,
    255,
    32_767,
    65_535,
    8_388_607,
    16_777_215,
    2_147_483_647,
    4_294_967_295,
    9_007_199_254_740_991,
    9_223_372_036_854_775_807,
    18_446_744_073_709_551_615,
];

/// How many digits are mixed as one number.
const MOST_DIGITS: usize = 36;

/// Another number with the same sign, point, exponent and count of digits. Two whole numbers never become the same.
pub(super) fn renumbered(keyed: &Keyed, domain: &str, text: &str) -> String {
    let sign_end = text.find(|c: char| c != '-' && c != '+').unwrap_or(text.len());
    let (sign, rest) = text.split_at_checked(sign_end).unwrap_or(("", text));
    let whole_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, after) = rest.split_at_checked(whole_end).unwrap_or((rest, ""));
    format!("{sign}{}{}", whole_number(keyed, domain, whole), fraction(keyed, domain, whole, after))
}

fn whole_number(keyed: &Keyed, domain: &str, digits: &str) -> String {
    let Ok(value) = digits.parse::<u128>() else {
        // The first digit stays: a number can't begin with a zero that was not there.
        let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
        return format!("{first}{}", super::shape::reshaped(keyed, domain, rest));
    };
    let has_leading_zero = digits.starts_with('0');
    if value == 0 || digits.len() > MOST_DIGITS {
        return digits.to_owned();
    }
    // Without leading zeros the first digit stays a digit from 1 on.
    let power = u32::try_from(digits.len()).map_or(1, |length| 10_u128.saturating_pow(length - 1));
    let (mut first, mut last) = if has_leading_zero { (1, power - 1) } else { (power, power.saturating_mul(10) - 1) };
    for end in TYPE_ENDS {
        if value <= *end {
            last = last.min(*end);
        } else {
            first = first.max(*end + 1);
        }
    }
    let length = digits.len().to_be_bytes();
    let mixed = first + permuted(keyed, &[domain.as_bytes(), &length], last - first + 1, value - first);
    format!("{mixed:0width$}", width = digits.len())
}

/// The digits behind the point; an exponent stays.
fn fraction(keyed: &Keyed, domain: &str, whole: &str, after: &str) -> String {
    let Some((point, rest)) = after.split_at_checked(1).filter(|(point, _)| *point == "." || *point == ",") else {
        return after.to_owned();
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, exponent) = rest.split_at_checked(end).unwrap_or((rest, ""));
    // Prices that end in .00 keep doing so.
    if digits.bytes().all(|it| it == b'0') {
        return after.to_owned();
    }
    format!("{point}{}{exponent}", super::shape::reshaped(keyed, &format!("{domain} {whole}"), digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn other(text: &str) -> String {
        renumbered(&Keyed::new(&Secret::new([1; 32])), "test", text)
    }

    #[test]
    fn a_very_long_number_gets_no_leading_zero() {
        for digit in '1'..='9' {
            let long = format!("{digit}{}", "1234567890".repeat(5));
            let made = other(&long);
            assert!(made.starts_with(digit) && made.len() == long.len() && made != long, "{made}");
        }
    }

    #[test]
    fn no_two_whole_numbers_become_the_same() {
        let all: BTreeSet<String> = (0..3000).map(|n| other(&n.to_string())).collect();
        assert_eq!(all.len(), 3000);
    }

    #[test]
    fn a_number_stays_in_the_type_that_it_fits() {
        for (value, end) in [("120", 127), ("250", 255), ("30000", 32_767), ("2147483000", 2_147_483_647_u64)] {
            assert!(other(value).parse::<u64>().unwrap() <= end, "{value}");
        }
        assert!(other("9223372036854775000").parse::<i64>().is_ok());
        assert!(other("200").parse::<u64>().unwrap() > 127);
    }

    #[test]
    fn sign_point_exponent_and_zeros_stay() {
        let price = other("-1234.56");
        assert!(price.starts_with('-') && price.len() == 8 && price.get(5..6) == Some("."), "{price}");
        assert!(other("99.00").ends_with(".00"));
        assert!(other("1.5e-10").ends_with("e-10"));
        assert_eq!(["0", "0.0", "", "-"].map(other), ["0", "0.0", "", "-"].map(str::to_owned));
        assert!(other("00042").starts_with('0') && other("00042").len() == 5);
    }

    proptest! {
        #[test]
        fn a_number_stays_a_number_of_its_length(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?") {
            let made = other(&text);
            prop_assert_eq!(made.len(), text.len());
            prop_assert!(serde_json::from_str::<serde_json::Number>(&made).is_ok() || serde_json::from_str::<serde_json::Number>(&text).is_err());
        }
    }
}
