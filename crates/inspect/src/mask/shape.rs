//! Any text by its shape: each letter becomes another letter of its sort, each digit another digit, and everything else
//! stays. Two texts never become the same.

use super::permutation::{LARGEST, permuted};
use crate::keyed::Keyed;

/// Letters that may take each other's place. Vowels and consonants are apart, so that words stay readable.
const CLASSES: &[&str] = &[
    "0123456789",
    "aeiou",
    "bcdfghjklmnpqrstvwxyz",
    "AEIOU",
    "BCDFGHJKLMNPQRSTVWXYZ",
    "àáâãäåæèéêëìíîïòóôõöøùúûü",
    "ÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØÙÚÛÜ",
    "çðñßþýÿ",
    "ÇÐÑÞÝ",
    "ąęėıłńśźżčďěňřšťůžćđğşţășțőű",
    "ĄĘĖİŁŃŚŹŻČĎĚŇŘŠŤŮŽĆĐĞŞŢĂȘȚŐŰ",
    "аеёиоуыэюя",
    "бвгджзйклмнпрстфхцчшщъьіїєґ",
    "АЕЁИОУЫЭЮЯ",
    "БВГДЖЗЙКЛМНПРСТФХЦЧШЩЪЬІЇЄҐ",
    "αεηιουωάέήίόύώ",
    "βγδζθκλμνξπρστφχψς",
    "ΑΕΗΙΟΥΩ",
    "ΒΓΔΖΘΚΛΜΝΞΠΡΣΤΦΧΨ",
];

/// Scripts whose letters lie in one range.
const RANGES: &[(char, char)] = &[
    ('\u{5d0}', '\u{5ea}'),
    ('\u{627}', '\u{63a}'),
    ('\u{641}', '\u{64a}'),
    ('\u{660}', '\u{669}'),
    ('\u{6f0}', '\u{6f9}'),
    ('\u{905}', '\u{914}'),
    ('\u{915}', '\u{939}'),
    ('\u{966}', '\u{96f}'),
    ('\u{e01}', '\u{e2e}'),
    ('\u{10d0}', '\u{10f0}'),
    ('\u{561}', '\u{586}'),
    ('\u{531}', '\u{556}'),
    ('\u{3041}', '\u{3096}'),
    ('\u{30a1}', '\u{30fa}'),
    ('\u{4e00}', '\u{9fa5}'),
    ('\u{ac00}', '\u{d7a3}'),
    ('\u{ff10}', '\u{ff19}'),
    ('\u{ff21}', '\u{ff3a}'),
    ('\u{ff41}', '\u{ff5a}'),
];

/// A character as one of the choices that its sort has.
#[derive(Debug, Clone, Copy)]
enum Class {
    Letters(&'static str),
    Range(char, char),
    /// Letters or digits of any other script, with their neighbours of the same sort.
    Neighbours(char),
}

/// How many code points are neighbours.
const NEIGHBOURS: u32 = 32;

/// The neighbours of a character that may take its place, itself among them.
fn neighbours(of: char) -> impl Iterator<Item = char> {
    let first = u32::from(of) / NEIGHBOURS * NEIGHBOURS;
    let sort = |c: char| (c.is_lowercase(), c.is_uppercase(), c.is_numeric(), c.is_alphabetic(), c.len_utf8());
    let is_listed = |c: char| {
        RANGES.iter().any(|(first, last)| (*first..=*last).contains(&c)) || CLASSES.iter().any(|it| it.contains(c))
    };
    let all = (first..first + NEIGHBOURS).filter_map(char::from_u32);
    all.filter(move |c| sort(*c) == sort(of) && !c.is_ascii() && !is_listed(*c))
}

impl Class {
    /// The sort of a character and its place in it.
    fn of(c: char) -> Option<(Self, u32)> {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            return None;
        }
        if let Some(class) = CLASSES.iter().find(|class| class.contains(c)) {
            let place = class.chars().position(|it| it == c)?;
            return Some((Self::Letters(class), u32::try_from(place).ok()?));
        }
        if let Some((first, last)) = RANGES.iter().find(|(first, last)| (*first..=*last).contains(&c)) {
            return Some((Self::Range(*first, *last), u32::from(c) - u32::from(*first)));
        }
        if !c.is_alphanumeric() {
            return None;
        }
        let place = neighbours(c).position(|it| it == c)?;
        Some((Self::Neighbours(c), u32::try_from(place).ok()?))
    }

    fn size(self) -> u128 {
        match self {
            Self::Letters(letters) => letters.chars().count() as u128,
            Self::Range(first, last) => u128::from(u32::from(last) - u32::from(first) + 1),
            Self::Neighbours(c) => neighbours(c).count() as u128,
        }
    }

    fn at(self, place: u128) -> Option<char> {
        match self {
            Self::Letters(letters) => letters.chars().nth(usize::try_from(place).ok()?),
            Self::Range(first, _) => char::from_u32(u32::from(first) + u32::try_from(place).ok()?),
            Self::Neighbours(c) => neighbours(c).nth(usize::try_from(place).ok()?),
        }
    }
}

/// Another text of the same shape. Texts of the same shape and `domain` never become the same.
pub(super) fn reshaped(keyed: &Keyed, domain: &str, text: &str) -> String {
    let mut out: Vec<char> = text.chars().collect();
    let letters: Vec<(usize, Class, u32)> =
        out.iter().enumerate().filter_map(|(at, c)| Class::of(*c).map(|(class, place)| (at, class, place))).collect();
    let mut rest = letters.as_slice();
    let mut before = 0_u128;
    while !rest.is_empty() {
        let (block, after) = rest.split_at_checked(block_length(rest)).unwrap_or((rest, &[]));
        let (size, value) = block.iter().fold((1, 0), |(size, value), (_, class, place)| {
            (size * class.size(), value * class.size() + u128::from(*place))
        });
        // What came before decides how a block is mixed, so that equal ends of different texts look different.
        let mut mixed = permuted(keyed, &[domain.as_bytes(), &before.to_be_bytes()], size, value);
        for (at, class, _) in block.iter().rev() {
            if let (Some(to), Some(c)) = (out.get_mut(*at), class.at(mixed % class.size())) {
                *to = c;
            }
            mixed /= class.size();
        }
        before = before.rotate_left(7) ^ value ^ size;
        rest = after;
    }
    out.into_iter().collect()
}

/// How many letters fit one permutation.
fn block_length(letters: &[(usize, Class, u32)]) -> usize {
    let mut size = 1_u128;
    let fitting = letters.iter().take_while(|(_, class, _)| {
        size = size.saturating_mul(class.size());
        size <= LARGEST
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn shape(text: &str) -> String {
        reshaped(&Keyed::new(&Secret::new([1; 32])), "test", text)
    }

    #[test]
    fn no_two_texts_become_the_same() {
        let all: BTreeSet<String> = (0..5000).map(|n| shape(&format!("AB-{n:05}-x"))).collect();
        assert_eq!(all.len(), 5000);
        assert!(all.iter().all(|it| it.len() == 10 && it.get(2..3) == Some("-") && it.get(8..9) == Some("-")));
    }

    #[test]
    fn the_end_of_a_long_text_depends_on_its_start() {
        let long = |start: char| shape(&format!("{start}{}", "a".repeat(200)));
        let (one, other) = (long('b'), long('c'));
        assert_ne!(one.get(150..), other.get(150..));
    }

    #[test]
    fn letters_of_every_script_are_changed() {
        for text in ["অনিতা দাস", "நித்யா", "สมชาย ใจดี", "ანა", "Աննա", "ក្រុង", "Nguyễn Thị", "አና", "ᏣᎳᎩ", "𝓐𝓷𝓷𝓪"]
        {
            let shaped = shape(text);
            let same = text.chars().zip(shaped.chars()).filter(|(a, b)| a == b && a.is_alphabetic()).count();
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            assert!(same * 2 <= letters, "{text} {shaped}");
        }
    }

    #[test]
    fn classes_do_not_overlap() {
        let all: Vec<char> = CLASSES.iter().flat_map(|class| class.chars()).collect();
        let twice: Vec<char> = all.iter().filter(|c| all.iter().filter(|it| it == c).count() > 1).copied().collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    proptest! {
        #[test]
        fn each_character_keeps_its_sort_and_the_length_stays(text in "\\PC{0,80}") {
            let shaped = shape(&text);
            prop_assert_eq!(shaped.chars().count(), text.chars().count());
            prop_assert_eq!(shaped.len(), text.len());
            for (one, other) in text.chars().zip(shaped.chars()) {
                prop_assert_eq!(Class::of(one).map(|it| it.0.size()), Class::of(other).map(|it| it.0.size()));
                prop_assert!(Class::of(one).is_some() || one == other);
            }
        }
    }
}
