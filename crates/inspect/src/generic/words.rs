//! Lists of words that are looked for together, in either case: a text is read once, whatever the length of the list.

/// At most 64 words.
pub(super) struct Words<const N: usize> {
    words: [&'static str; N],
    /// For each byte, the words that begin with it, a bit for each.
    beginning: [u64; 256],
}

impl<const N: usize> Words<N> {
    /// A list of words in lower case.
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
    pub(super) const fn new(words: [&'static str; N]) -> Self {
        assert!(N <= 64, "a list has room for 64 words");
        let mut beginning = [0; 256];
        let mut at = 0;
        while at < N {
            let first = words[at].as_bytes()[0];
            beginning[first as usize] |= 1 << at;
            beginning[first.to_ascii_uppercase() as usize] |= 1 << at;
            at += 1;
        }
        Self { words, beginning }
    }

    /// How many of the words stand in any of the texts.
    pub(super) fn count(&self, texts: &[&[u8]]) -> usize {
        let found = texts.iter().fold(0, |found, text| self.find(text, found, |_| false));
        found.count_ones() as usize
    }

    /// Whether any of the words stands in a text.
    pub(super) fn any(&self, text: &[u8]) -> bool {
        self.find(text, 0, |found| found != 0) != 0
    }

    /// The words that stand in a text, besides those found before; the search ends when `enough` says so.
    fn find(&self, text: &[u8], found: u64, enough: fn(u64) -> bool) -> u64 {
        let mut found = found;
        for (at, byte) in text.iter().enumerate() {
            let mut wanted = self.beginning.get(usize::from(*byte)).copied().unwrap_or(0) & !found;
            while wanted != 0 {
                let number = wanted.trailing_zeros() as usize;
                wanted &= wanted - 1;
                if self.words.get(number).is_some_and(|word| stands_at(text, at, word)) {
                    found |= 1 << number;
                }
            }
            if enough(found) {
                break;
            }
        }
        found
    }
}

fn stands_at(text: &[u8], at: usize, word: &str) -> bool {
    text.get(at..at + word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generic::view::holds;
    use proptest::prelude::*;

    static WORDS: Words<5> = Words::new(["user", "use", "a-b", "_x", "é"]);

    proptest! {
        #[test]
        fn finds_what_a_search_for_each_word_finds(first in "[uUsSeErR_xXabAB-]{0,40}é?", second in "[user ]{0,20}") {
            let texts = [first.as_bytes(), second.as_bytes()];
            let each = WORDS.words.iter().filter(|word| texts.iter().any(|text| holds(text, word))).count();
            prop_assert_eq!(WORDS.count(&texts), each);
            prop_assert_eq!(WORDS.any(texts[0]), WORDS.words.iter().any(|word| holds(texts[0], word)));
        }
    }
}
