//! Characters that are not seen, or that change how others are. Whatever shows text that somebody else wrote, and whatever
//! compares names, goes by this one list.

/// Characters that some file systems, and every reader, pass over.
const IGNORED: &[(char, char)] = &[
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFF8}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Characters that nobody passes over, and that hide or reorder what is around them all the same, or mean to each reader
/// something else.
const UNCLEAR: &[(char, char)] =
    &[('\u{2028}', '\u{2029}'), ('\u{E000}', '\u{F8FF}'), ('\u{FFF9}', '\u{FFFB}'), ('\u{E1000}', '\u{10FFFF}')];

/// Whether a character is passed over where names are compared.
pub fn is_ignored(c: char) -> bool {
    lies_in(IGNORED, c)
}

/// Whether a character must not be shown as it is: it steers, hides or reorders.
pub fn is_hidden(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && (is_ignored(c) || lies_in(UNCLEAR, c)))
}

fn lies_in(ranges: &[(char, char)], c: char) -> bool {
    ranges.iter().any(|&(first, last)| (first..=last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_is_hidden_and_letters_are_not() {
        assert!(IGNORED.iter().all(|(first, last)| is_hidden(*first) && is_hidden(*last)));
        assert!("größer → 大きい مرحبا naïve 🙂".chars().all(|c| !is_hidden(c)));
        assert!("\u{1b}\n\u{2028}\u{202e}\u{e000}\u{fffb}".chars().all(is_hidden));
        assert!("\u{2028}\u{e000}\u{fffb}".chars().all(|c| !is_ignored(c)));
    }
}
