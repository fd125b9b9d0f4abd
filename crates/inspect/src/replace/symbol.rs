//! The letters and digits of a placeholder, and which of them count as the same.
//!
//! What people and models mix up is one symbol: `a` and `A`, `O` and `0`, `I`, `L` and `1`, and the wide forms of East
//! Asian text. The part of a placeholder that carries the keyed value uses none of the ambiguous ones, no vowels, so
//! that it never spells a word, and not the two letters of the marker, so that no placeholder starts inside another.

/// A letter or digit after what is easily confused was made equal: an upper-case ASCII letter or a digit.
pub(crate) type Symbol = u8;

/// The two letters that every placeholder starts with.
pub(crate) const MARKER: [Symbol; 2] = *b"ZQ";

/// The symbols that carry the keyed value.
pub(crate) const TAG_ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPRSTVWXY";

/// How far the wide forms lie behind the ASCII ones.
const WIDE: u32 = 0xFEE0;

/// The symbol that a character stands for, if it stands for one.
pub(crate) fn fold(c: char) -> Option<Symbol> {
    let c = match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c).checked_sub(WIDE)?)?,
        other => other,
    };
    let byte = u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric)?;
    Some(match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    })
}

/// The symbols of a text, everything else left out.
pub(crate) fn symbols(text: &str) -> impl Iterator<Item = Symbol> {
    text.chars().filter_map(fold)
}

/// Whether a symbol can be part of the keyed value.
pub(crate) fn is_tag(symbol: Symbol) -> bool {
    TAG_ALPHABET.contains(&symbol)
}

/// A number written with the symbols of the keyed value, `length` of them. What does not fit is cut off.
pub(crate) fn spell(mut number: u128, length: usize) -> String {
    let base = TAG_ALPHABET.len() as u128;
    let mut text = Vec::with_capacity(length);
    for _ in 0..length {
        let digit = usize::try_from(number % base).unwrap_or(0);
        text.extend(TAG_ALPHABET.get(digit).copied().map(char::from));
        number /= base;
    }
    text.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_easily_confused_is_one_symbol() {
        for (one, other) in [('a', 'A'), ('O', '0'), ('o', '0'), ('I', '1'), ('l', 'i'), ('Ｋ', 'k'), ('７', '7')] {
            assert_eq!(fold(one), fold(other));
            assert!(fold(one).is_some());
        }
        assert_eq!(['-', '_', 'é', 'ß', 'К', '\u{200b}', '﹘'].map(fold), [None; 7]);
    }

    #[test]
    fn the_keyed_part_uses_no_confusable_symbol_no_vowel_and_no_marker() {
        assert!(TAG_ALPHABET.iter().all(|&it| fold(char::from(it)) == Some(it)));
        assert!(b"AEIOULZQ01".iter().all(|it| !TAG_ALPHABET.contains(it)));
    }

    #[test]
    fn numbers_are_spelled_with_a_fixed_length() {
        assert_eq!(spell(0, 4), "2222");
        assert_eq!(spell(27, 3), "332");
        assert_eq!(spell(u128::MAX, 14).len(), 14);
    }
}
