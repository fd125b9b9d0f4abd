//! Any value by its shape: a vendor's prefix and separators stay, and each letter or digit becomes another one of its
//! class.

use super::Stream;
use super::vendor_prefix;

/// How much must be left that nobody can guess, in bits.
const LEAST_BITS: f64 = 48.0;

const DIGITS: &[u8] = b"0123456789";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_HEX: &[u8] = b"0123456789abcdef";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";

/// Whether so much of the value is no prefix and no separator that nobody can guess what takes its place.
pub(super) fn fits(value: &str) -> bool {
    let rest = value.get(vendor_prefix::length(value)..).unwrap_or_default();
    let classes = Classes::of(rest);
    let bits: f64 = rest.chars().take(super::LONGEST).filter_map(|c| classes.choices(c)).map(bits).sum();
    bits >= LEAST_BITS && value.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

fn bits(choices: &[u8]) -> f64 {
    u32::try_from(choices.len()).map_or(0.0, |count| f64::from(count).log2())
}

/// Another value of the same shape, cut to `longest`; punctuation at its end stays at the end.
pub(super) fn make(value: &str, longest: usize, stream: &mut Stream<'_>) -> String {
    let kept = vendor_prefix::length(value);
    let end = super::core(value).map_or(value.len(), |core| core.end);
    let (body, tail) = value.split_at_checked(end).unwrap_or((value, ""));
    let (prefix, rest) = body.split_at_checked(kept).unwrap_or(("", body));
    let classes = Classes::of(rest);
    let other = |c: char| classes.choices(c).map_or(c, |choices| stream.one_of(choices));
    let room = longest.saturating_sub(prefix.len() + tail.len());
    let made: String = rest.chars().take(room).map(other).collect();
    format!("{prefix}{}{tail}", made.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()))
}

/// Which characters a value draws its letters and digits from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Classes {
    LowerHex,
    UpperHex,
    Any,
}

impl Classes {
    fn of(text: &str) -> Self {
        let all = |choices: &[u8]| text.bytes().all(|it| !it.is_ascii_alphanumeric() || choices.contains(&it));
        let has_letter = text.contains(|c: char| c.is_ascii_alphabetic());
        match () {
            () if has_letter && all(LOWER_HEX) => Self::LowerHex,
            () if has_letter && all(UPPER_HEX) => Self::UpperHex,
            () => Self::Any,
        }
    }

    fn choices(self, c: char) -> Option<&'static [u8]> {
        match self {
            Self::LowerHex if c.is_ascii_alphanumeric() => Some(LOWER_HEX),
            Self::UpperHex if c.is_ascii_alphanumeric() => Some(UPPER_HEX),
            Self::Any if c.is_ascii_digit() => Some(DIGITS),
            Self::Any if c.is_ascii_lowercase() => Some(LOWER),
            Self::Any if c.is_ascii_uppercase() => Some(UPPER),
            Self::LowerHex | Self::UpperHex | Self::Any => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyed::Keyed;
    use portcullis_event::Secret;

    fn shaped(value: &str, longest: usize) -> String {
        make(value, longest, &mut Stream::new(&Keyed::new(&Secret::new([1; 32])), value, 0))
    }

    #[test]
    fn each_character_keeps_its_class_and_punctuation_its_place() {
        let value = "Ab1-cD2_eF3.gH4+iJ5/kL6==";
        let made = shaped(value, 100);
        assert_eq!(made.len(), value.len());
        for (one, other) in value.chars().zip(made.chars()) {
            assert_eq!(one.is_ascii_digit(), other.is_ascii_digit());
            assert_eq!(one.is_ascii_lowercase(), other.is_ascii_lowercase());
            assert!(one.is_ascii_alphanumeric() || one == other);
        }
    }

    #[test]
    fn hexadecimal_stays_hexadecimal() {
        let made = shaped("deadbeef00112233445566778899aabb", 100);
        assert!(made.bytes().all(|it| LOWER_HEX.contains(&it)), "{made}");
    }

    #[test]
    fn what_is_cut_ends_as_the_value_does() {
        let made = shaped(&format!("{}==", "a-".repeat(80)), 20);
        assert!(made.len() <= 20 && made.ends_with("=="), "{made}");
    }

    #[test]
    fn words_of_a_passphrase_are_no_prefix() {
        let made = shaped("correct-horse-battery-staple", 100);
        assert!(!["correct", "horse", "battery", "staple"].iter().any(|word| made.contains(word)), "{made}");
    }
}
