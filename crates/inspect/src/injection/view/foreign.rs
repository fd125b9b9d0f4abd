//! Characters that are not ASCII, and the words that have some of them: most texts have few, and what lies between is passed
//! over at the speed of memory.

use super::is_invisible;
use std::ops::Range;

/// So many bytes are asked at once.
const BLOCK: usize = 64;

/// The next character that is not ASCII from a place on, which is a border of characters.
pub(crate) fn next(text: &str, from: usize) -> Option<(usize, char)> {
    let rest = text.as_bytes().get(from..)?;
    let plain: usize = rest.chunks(BLOCK).take_while(|block| block.is_ascii()).map(<[u8]>::len).sum();
    let at = from + plain + rest.get(plain..)?.iter().position(|byte| !byte.is_ascii())?;
    Some((at, text.get(at..)?.chars().next()?))
}

/// Every word with a letter that is not ASCII. What nobody sees ends no word.
pub(crate) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut done = 0;
    while let Some((at, _)) = next(text, done) {
        let before = text.as_bytes().get(done..at).unwrap_or_default();
        let lead = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let mut start = (lead > 0).then_some(at - lead);
        let (mut end, mut is_foreign) = (at, false);
        done = text.len();
        for (offset, letter) in text.get(at..).unwrap_or_default().char_indices() {
            if letter.is_alphabetic() {
                start.get_or_insert(at + offset);
                end = at + offset + letter.len_utf8();
                is_foreign |= !letter.is_ascii();
            } else if !is_invisible(letter) {
                done = at + offset + letter.len_utf8();
                break;
            }
        }
        words.extend(start.filter(|_| is_foreign).map(|start| start..end));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(text: &str) -> Vec<&str> {
        words(text).into_iter().map(|span| text.get(span).unwrap()).collect()
    }

    #[test]
    fn words_with_foreign_letters_are_whole() {
        assert_eq!(seen("a naïve plan — für später, p\u{200b}аy"), ["naïve", "für", "später", "p\u{200b}аy"]);
        assert_eq!(seen("plain words — “quoted” pa\u{200b}y \u{200b}"), [""; 0]);
        assert_eq!(seen("é"), ["é"]);
    }

    proptest! {
        #[test]
        fn no_character_and_no_word_is_passed_over(text in "([a-z]{0,9}|[ .]|é|а|語|—|\u{200b}){0,60}") {
            let mut at = 0;
            for (place, letter) in text.char_indices().filter(|(_, letter)| !letter.is_ascii()) {
                prop_assert_eq!(next(&text, at), Some((place, letter)));
                at = place + letter.len_utf8();
            }
            prop_assert_eq!(next(&text, at), None);
            let all = words(&text);
            for (place, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphabetic() && !letter.is_ascii()) {
                prop_assert_eq!(all.iter().filter(|word| word.contains(&place)).count(), 1, "{:?}", letter);
            }
        }
    }
}
