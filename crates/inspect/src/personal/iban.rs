//! International bank account numbers: the country, its length, and the remainder of one by 97.

use super::digits::mod_97;
use super::rule::Finder;
use super::search::{Search, number_of};
use portcullis_event::Confidence;

/// The countries and how long their numbers are.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Numbers that every page about these numbers shows; the first digits behind the check digits tell them.
const EXAMPLES: [&[u8]; 9] = [
    b"DE89370400440532013000",
    b"GB82WEST12345698765432",
    b"GB29NWBK60161331926819",
    b"FR1420041010050500013M02606",
    b"CH9300762011623852957",
    b"NL91ABNA0417164300",
    b"ES9121000418450200051332",
    b"BE68539007547034",
    b"AT611904300234573201",
];

/// How long the number of a country is.
pub(crate) fn length(country: &[u8]) -> Option<usize> {
    LENGTHS.iter().find(|(code, _)| *code == country).map(|(_, length)| *length)
}

/// Looks for a number that begins at a place.
pub(super) fn find(search: &mut Search<'_>, start: usize) {
    let Some([a, b, c, d]) = search.slice(start..start + 4).first_chunk::<4>().copied() else { return };
    if !(a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()) {
        return;
    }
    let Some((code, end)) = length(&[a, b]).and_then(|length| read(search, start, length)) else { return };
    let is_account = code.iter().filter(|byte| byte.is_ascii_digit()).count() >= 8;
    let rotated = code.iter().skip(4).chain(code.iter().take(4)).copied();
    if is_account && mod_97(rotated) == 1 && !EXAMPLES.contains(&code.as_slice()) {
        search.offer(number_of(Finder::Iban), start..end, Some(Confidence::High), Some("its check digits are right"));
    }
}

/// Reads so many characters, in groups or not, if the number ends there.
fn read(search: &Search<'_>, start: usize, length: usize) -> Option<(Vec<u8>, usize)> {
    let mut code = Vec::with_capacity(length);
    let mut at = start;
    while code.len() < length {
        let byte = search.byte(at)?;
        let grouped = matches!(byte, b' ' | b'-')
            && code.len().is_multiple_of(4)
            && search.before(at).is_some_and(|it| it != byte);
        if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
            code.push(byte);
        } else if !grouped {
            return None;
        }
        at += 1;
    }
    let goes_on = search.byte(at).is_some_and(|next| next.is_ascii_alphanumeric() || next == b'_');
    (!goes_on).then_some((code, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples_have_the_length_of_their_country_and_a_right_check() {
        for example in EXAMPLES {
            assert_eq!(length(&example[..2]), Some(example.len()), "{}", String::from_utf8_lossy(example));
            assert_eq!(mod_97(example[4..].iter().chain(&example[..4]).copied()), 1);
        }
    }
}
