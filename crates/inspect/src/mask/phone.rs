//! Telephone numbers: numbers that regulators keep free for films and books, where there are such; spacing and length stay.

use super::shape::reshaped;
use crate::keyed::Keyed;

/// Numbers of a country that nobody has.
struct Reserved {
    /// Code of the country.
    country: &'static str,
    /// National numbers begin with this, after the trunk prefix, and go on with as many digits as are left.
    starts: &'static [&'static str],
    /// What the trunk prefix is within the country.
    trunk: &'static str,
    /// How many digits a national number has.
    lengths: std::ops::RangeInclusive<usize>,
}

/// Ranges that the regulators of these countries name for drama and advertising.
const RESERVED: &[Reserved] = &[
    Reserved { country: "1", starts: &["*55501"], trunk: "1", lengths: 10..=10 },
    Reserved {
        country: "44",
        starts: &[
            "7700900", "1632960", "2079460", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960",
            "1214960", "1314960", "1414960", "1514960", "1614960",
        ],
        trunk: "0",
        lengths: 10..=10,
    },
    Reserved {
        country: "49",
        starts: &["3023125", "6990009", "4066969", "2214710", "8999998"],
        trunk: "0",
        lengths: 9..=11,
    },
    Reserved {
        country: "33",
        starts: &["19900", "26191", "35301", "46571", "53649", "63998"],
        trunk: "0",
        lengths: 9..=9,
    },
    Reserved { country: "61", starts: &["255501", "370101", "755501", "855501", "49157"], trunk: "0", lengths: 9..=9 },
    Reserved { country: "353", starts: &["20910"], trunk: "0", lengths: 8..=9 },
    Reserved { country: "46", starts: &["31390060", "40628040", "8465004", "701740605"], trunk: "0", lengths: 8..=9 },
];

/// Another number with the same spacing. A number that is meant to be `unique`, or of a country without reserved
/// numbers, gets other digits behind its country and first digits; it may belong to somebody.
pub(super) fn redialled(keyed: &Keyed, text: &str, unique: bool) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let made = if unique { None } else { reserved(keyed, text, &digits) };
    let made = made.unwrap_or_else(|| behind_area(keyed, text, &digits));
    let mut next = made.chars();
    text.chars().map(|c| if c.is_ascii_digit() { next.next().unwrap_or(c) } else { c }).collect()
}

/// Digits of the same count in a reserved range.
fn reserved(keyed: &Keyed, text: &str, digits: &str) -> Option<String> {
    let is_international = text.trim_start().starts_with('+') || digits.starts_with("00");
    let fits = |country: &&Reserved| {
        let bare = digits.trim_start_matches("00");
        let national = match is_international {
            true => bare.strip_prefix(country.country),
            // Only numbers of North America are written without any prefix.
            false if country.country == "1" => Some(digits).filter(|it| !it.starts_with('0')),
            false => digits.strip_prefix(country.trunk),
        };
        national.is_some_and(|national| country.lengths.contains(&national.trim_start_matches('0').len()))
    };
    let country = RESERVED.iter().find(fits)?;
    let national = national_length(country, text, digits)?;
    let prefix = digits.get(..digits.len().checked_sub(national)?)?;
    let choice = keyed.number("phone", &[digits.trim_start_matches('0').as_bytes()]);
    let start = country.starts.get(usize::try_from(choice % country.starts.len() as u128).ok()?)?;
    let old = digits.get(prefix.len()..)?;
    // The area code of North America stays, since 555 is reserved in each.
    let start = start.replace('*', old.get(..3).unwrap_or("202"));
    let free = national.checked_sub(start.len())?;
    let mut number = choice >> 16;
    let end = (0..free).map(|_| {
        let digit = u32::try_from(number % 10).ok().and_then(|it| char::from_digit(it, 10)).unwrap_or('0');
        number /= 10;
        digit
    });
    Some(format!("{prefix}{start}{}", end.collect::<String>()))
}

fn national_length(country: &Reserved, text: &str, digits: &str) -> Option<usize> {
    let after_trunk = |rest: &str| rest.trim_start_matches('0').len();
    let is_international = text.trim_start().starts_with('+') || digits.starts_with("00");
    if is_international {
        return Some(after_trunk(digits.trim_start_matches("00").strip_prefix(country.country)?));
    }
    if country.country == "1" {
        return Some(digits.len().min(10));
    }
    Some(after_trunk(digits.strip_prefix(country.trunk)?))
}

/// The first digits, which say where somebody lives at most, stay; the rest become others.
fn behind_area(keyed: &Keyed, text: &str, digits: &str) -> String {
    let kept = match digits.len() {
        0..=6 => 0,
        7..=9 => 2,
        _ if text.trim_start().starts_with('+') => 4,
        _ => 3,
    };
    let (area, rest) = digits.split_at_checked(kept).unwrap_or(("", digits));
    format!("{area}{}", reshaped(keyed, &format!("phone {area}"), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use std::collections::BTreeSet;

    fn other(text: &str) -> String {
        redialled(&Keyed::new(&Secret::new([1; 32])), text, false)
    }

    #[test]
    fn numbers_become_ones_that_nobody_has() {
        for (number, start) in [
            ("+1 (212) 867-5309", "+1 (212) 555-01"),
            ("212-867-5309", "212-555-01"),
            ("+44 7911 123456", "+44 "),
            ("+33 6 12 34 56 78", "+33 "),
        ] {
            let made = other(number);
            assert!(made.starts_with(start), "{made}");
            assert_eq!(made.len(), number.len());
            assert_ne!(made, number);
        }
        let german: String = other("+49 (0)30 1234567").chars().filter(char::is_ascii_digit).collect();
        assert!(
            ["3023125", "6990009", "4066969", "2214710", "8999998"].iter().any(|it| german.contains(it)),
            "{german}"
        );
    }

    #[test]
    fn unique_numbers_stay_unique_and_spacing_stays() {
        let keyed = Keyed::new(&Secret::new([1; 32]));
        let all: BTreeSet<String> = (0..2000).map(|n| redialled(&keyed, &format!("+1 212 555-{n:04}"), true)).collect();
        assert_eq!(all.len(), 2000);
        assert!(all.iter().all(|it| it.starts_with("+1 212 ") && it.len() == 15), "{:?}", all.first());
    }

    #[test]
    fn other_texts_do_not_matter() {
        assert_eq!(other(""), "");
        assert_eq!(other("ext."), "ext.");
        assert_eq!(other("12").len(), 2);
    }
}
