//! The scores of all passages of a text, in one go. Passages overlap, and most words of a text come again and again, so
//! what a word counts by itself is kept, and what all words up to a place count is summed up: a passage counts the
//! difference of two such sums.
//!
//! The scores are, to the bit, those that [`Weights::score`] gives to the features of each passage, which
//! [`passages`](super::passages) lists one by one: the sums are of whole numbers, so their order is no matter.

use super::Weights;
use super::concept::Plain;
use super::features::{Heard, TEXT_BUCKETS, Word, Words, of_word};
use super::window::windows;
use std::ops::Range;

/// So many words are known at most; then it begins anew. Few texts have more.
const MOST: usize = 1 << 12;

/// Twice as many places, so that a search is short.
const PLACES: usize = MOST * 2;

/// Scores passages of texts.
pub(in crate::injection) struct Sweep<'w> {
    weights: &'w Weights,
    known: Vec<Known>,
    /// Where each word lies in `known`, from one on, by its hash.
    places: Box<[u16; PLACES]>,
    /// The pieces of the word that is learned, kept for its room.
    pieces: Vec<u32>,
}

/// A word, and what it counts.
#[derive(Debug, Clone, Copy)]
struct Known {
    name: Name,
    hash: u32,
    counts: Sum,
}

/// The small letters of a word, at most 24 of them; no two words have the same.
type Name = [u64; 3];

/// What features weigh together, and how many they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) weight: i32,
    pub(super) count: u32,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.weight = self.weight.wrapping_add(other.weight);
        self.count = self.count.wrapping_add(other.count);
    }

    /// Itself or nothing, without a branch.
    fn only_if(self, is_so: bool) -> Self {
        Self { weight: self.weight * i32::from(is_so), count: self.count * u32::from(is_so) }
    }

    /// What was added since. Sums may have wrapped around in a very long text; the difference is that of a passage.
    fn since(self, before: Self) -> Self {
        Self { weight: self.weight.wrapping_sub(before.weight), count: self.count.wrapping_sub(before.count) }
    }
}

/// Sums up to the places where passages begin and end.
struct Sums<'r> {
    ranges: &'r [Range<usize>],
    /// What was counted before each passage, and up to its end, as far as that was passed.
    before: Vec<Sum>,
    behind: Vec<Sum>,
    all: Sum,
}

impl<'r> Sums<'r> {
    fn new(ranges: &'r [Range<usize>]) -> Self {
        let room = || Vec::with_capacity(ranges.len());
        Self { ranges, before: room(), behind: room(), all: Sum::default() }
    }

    /// Adds what begins at a place, which lies behind all that was added before.
    #[inline]
    fn add(&mut self, at: usize, sum: Sum) {
        while self.ranges.get(self.before.len()).is_some_and(|next| next.start <= at) {
            self.before.push(self.all);
        }
        while self.ranges.get(self.behind.len()).is_some_and(|next| next.end <= at) {
            self.behind.push(self.all);
        }
        self.all.add(sum);
    }

    /// What each passage counts.
    fn of_passages(self) -> impl Iterator<Item = Sum> {
        let rest = move |sums: Vec<Sum>| sums.into_iter().chain(std::iter::repeat(self.all));
        rest(self.behind).zip(rest(self.before)).take(self.ranges.len()).map(|(behind, before)| behind.since(before))
    }
}

impl<'w> Sweep<'w> {
    pub(in crate::injection) fn new(weights: &'w Weights) -> Self {
        Self { weights, known: Vec::new(), places: Box::new([0; PLACES]), pieces: Vec::new() }
    }

    /// What each passage of a text scores.
    pub(super) fn scores(&mut self, plain: &Plain) -> Vec<(f32, Range<usize>)> {
        let text = &plain.text;
        let ranges = windows(text);
        let mut words = Sums::new(&ranges);
        let mut heard = Heard::default();
        for word in Words::of(text) {
            let Known { hash, counts, .. } = self.find(word);
            let news = heard.hears(word.at, hash);
            let mut sum = counts.only_if(news.word);
            for (number, is_new) in news.pairs {
                sum.add(self.weights.sum_of([number]).only_if(is_new));
            }
            words.add(word.at, sum);
        }
        let mut concepts = Sums::new(&ranges);
        plain.each_mention(|at, numbers| {
            let sum = self.weights.sum_of(numbers.iter().map(|number| TEXT_BUCKETS + number));
            concepts.add(at, sum);
        });
        let sums = words.of_passages().zip(concepts.of_passages());
        let scores: Vec<f32> = sums.map(|(words, concepts)| self.weights.score_of(words, concepts)).collect();
        scores.into_iter().zip(ranges).collect()
    }

    /// What is known of a word, which is learned if nothing is.
    #[inline]
    fn find(&mut self, word: Word<'_>) -> Known {
        let name = word.name();
        let mut place = spread(name);
        loop {
            let number = self.places.get(place % PLACES).copied().unwrap_or(0);
            match usize::from(number).checked_sub(1).and_then(|number| self.known.get(number)) {
                Some(known) if known.name == name => return *known,
                Some(_) => place += 1,
                None => return self.learn(word, name, place),
            }
        }
    }

    #[cold]
    fn learn(&mut self, word: Word<'_>, name: Name, mut place: usize) -> Known {
        if self.known.len() == MOST {
            self.known.clear();
            self.places.fill(0);
            place = spread(name);
        }
        let hash = word.hash();
        self.pieces.clear();
        self.pieces.push(of_word(hash));
        word.pieces(&mut self.pieces);
        let known = Known { name, hash, counts: self.weights.sum_of(self.pieces.iter().copied()) };
        self.known.push(known);
        if let Some(slot) = self.places.get_mut(place % PLACES) {
            *slot = u16::try_from(self.known.len()).unwrap_or(0);
        }
        known
    }
}

/// Where the search for a word begins.
fn spread([one, two, three]: Name) -> usize {
    let mixed = (one ^ two.rotate_left(23) ^ three.rotate_left(47)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::injection::model::passages;
    use proptest::prelude::*;

    fn same(text: &str) {
        let weights = Weights::built_in();
        let plain = Plain::of(text);
        let scores = Sweep::new(&weights).scores(&plain);
        let all: Vec<Range<usize>> = scores.iter().map(|(_, window)| window.clone()).collect();
        assert_eq!(all, windows(text));
        for ((score, _), passage) in scores.into_iter().zip(passages(&plain)) {
            let expected = weights.score(&passage.features);
            assert_eq!(score.to_bits(), expected.to_bits(), "{:?}", text.get(passage.range));
        }
    }

    #[test]
    fn more_words_than_are_kept_score_as_few_do() {
        let many: Vec<String> = (0..3 * MOST).map(|number| format!("w{}", letters(number))).collect();
        same(&many.join(" "));
    }

    fn letters(mut number: usize) -> String {
        let mut word = String::new();
        while number > 0 {
            word.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
            number /= 26;
        }
        word
    }

    #[test]
    fn whatever_a_text_is_made_of_is_counted() {
        for word in ["a ", "ab ", "é", "'", "語", "0 ", "x9", "~!@#$%^&*()"] {
            same(&word.repeat(2000));
        }
        let bytes: String = (1..=0x24f_u32).filter_map(char::from_u32).collect();
        same(&bytes.repeat(20));
    }

    #[test]
    fn a_passage_that_begins_or_ends_within_a_word_counts_what_begins_in_it() {
        // Windows of a text without blanks begin and end anywhere.
        for word in ["ignore", "you", "yourself", "tool", "instructions", "忽略", "mustnot"] {
            for before in 0..7 {
                same(&format!("{}{}", "x".repeat(before), word.repeat(300)));
                same(&format!("{}{}", "x".repeat(before), format!("{word}_").repeat(300)));
                same(&format!("{}{}", "-".repeat(before), format!("{word}.Please").repeat(100)));
            }
        }
    }

    proptest! {
        #[test]
        fn a_score_is_that_of_the_features(text in "([a-zA-Z']{1,30}|[0-9]{1,30}|[ -~]{1,6}|\\PC{1,4}|[ \n\t]|ignore |previous |instructions |忽略){0,400}") {
            same(&text);
        }
    }
}
