//! What the model counts: words and pairs and triples of them, and pieces of words, each hashed to a number.

use super::concept::Plain;
use super::window::{WIDTH, windows};
use std::ops::Range;

/// How many numbers there are: the first half for words, the second for pieces of words.
pub(super) const TEXT_BUCKETS: u32 = 1 << 18;

/// How many numbers there are for concepts; they follow the others.
pub(super) const CONCEPT_BUCKETS: u32 = 1 << 15;

/// How many numbers there are in all.
pub const BUCKETS: usize = (TEXT_BUCKETS + CONCEPT_BUCKETS) as usize;

/// The features of a passage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// Words and pieces of words.
    pub text: Vec<u32>,
    /// Concepts.
    pub concepts: Vec<u32>,
}

impl Features {
    /// What a passage scores. Its words and its concepts weigh the same, however many there are of either.
    pub fn sum(&self, weight: impl Fn(u32) -> f32) -> f32 {
        let part = |features: &[u32]| {
            features.iter().map(|feature| weight(*feature)).sum::<f32>() * Self::share(features.len())
        };
        part(&self.text) + part(&self.concepts)
    }

    /// What each of so many features counts.
    pub fn share(features: usize) -> f32 {
        let count = u16::try_from(features.max(4)).unwrap_or(u16::MAX);
        1.0 / f32::from(count).sqrt()
    }
}

/// A passage of a text, with what counts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it counts.
    pub features: Features,
}

/// The passages of a text. What counts belongs to each passage in which it begins.
pub fn passages(plain: &Plain) -> Vec<Passage> {
    let text = &plain.text;
    let (mut words, mut concepts) = (Vec::new(), Vec::new());
    let mut heard = Heard::default();
    for word in Words::of(text) {
        let hash = word.hash();
        let News { word: is_new, pairs } = heard.hears(word.at, hash);
        let mut found = Vec::new();
        if is_new {
            found.push(of_word(hash));
            word.pieces(&mut found);
        }
        found.extend(pairs.into_iter().filter(|(_, is_new)| *is_new).map(|(number, _)| number));
        words.push((word.at, found));
    }
    plain.each_mention(|at, numbers| {
        concepts.push((at, numbers.iter().map(|number| TEXT_BUCKETS + number).collect()));
    });
    let within = |all: &[(usize, Vec<u32>)], range: &Range<usize>| {
        let [first, behind] = [range.start, range.end].map(|place| all.partition_point(|(at, _)| *at < place));
        all.get(first..behind).unwrap_or_default().iter().flat_map(|(_, numbers)| numbers).copied().collect()
    };
    let passage = |range: Range<usize>| {
        let features = Features { text: within(&words, &range), concepts: within(&concepts, &range) };
        Passage { range, features }
    };
    windows(text).into_iter().map(passage).collect()
}

/// What was heard so far: what comes again counts again only where it was not heard for as long as a passage is. A sign that
/// fills a page says no more than one that stands there once.
#[derive(Debug)]
pub(super) struct Heard {
    /// The hashes of the two words before.
    before: [u32; 2],
    /// In each place the number of what counted last of all that belong there, and where it did.
    last: [(u32, usize); PLACES],
}

/// More than a passage has words, and few enough that they are always at hand. Where two share a place, both count again.
const PLACES: usize = 256;

/// What a word counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    /// Whether it counts by itself, with its pieces.
    pub(super) word: bool,
    /// Its numbers together with the word before it, and with the two before it, and whether they count.
    pub(super) pairs: [(u32, bool); 2],
}

impl Default for Heard {
    fn default() -> Self {
        Self { before: [0; 2], last: [(u32::MAX, 0); PLACES] }
    }
}

impl Heard {
    /// Hears the next word.
    #[inline]
    pub(super) fn hears(&mut self, at: usize, hash: u32) -> News {
        let [first, second] = self.before;
        self.before = [hash, first];
        let pairs = [of_word(mix(first, hash)), of_word(mix(mix(second, first), hash))];
        News { word: self.is_new(at, of_word(hash)), pairs: pairs.map(|pair| (pair, self.is_new(at, pair))) }
    }

    #[inline]
    fn is_new(&mut self, at: usize, number: u32) -> bool {
        let Some(last) = self.last.get_mut(number as usize % PLACES) else { return true };
        let is_new = last.0 != number || at >= last.1 + WIDTH;
        *last = (number, if is_new { at } else { last.1 });
        is_new
    }
}

/// Words longer than this are cut, so that encoded text costs no more than other text.
const LONGEST: usize = 24;

/// The bit that tells small letters from capitals, and the one that tells foreign letters from Latin ones, eight times.
const SMALL: u64 = 0x2020_2020_2020_2020;
const FOREIGN: u64 = 0x8080_8080_8080_8080;

/// A word, or a sign that is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'t> {
    /// Where in the text it begins.
    pub(super) at: usize,
    /// The text from there on.
    rest: &'t [u8],
    length: usize,
}

impl<'t> Word<'t> {
    #[inline]
    fn kind(self) -> Kind {
        self.rest.first().map_or(Kind::Sign, |first| kind(*first))
    }

    fn bytes(self) -> &'t [u8] {
        self.rest.get(..self.length).unwrap_or_default()
    }

    /// What tells it from all other words; those that count as the same have the same.
    #[inline]
    pub(super) fn name(self) -> [u64; 3] {
        match self.kind() {
            // No letter of a word has these bits.
            Kind::Digits => [u64::MAX, 0, 0],
            Kind::Sign => [self.rest.first().copied().map_or(0, u64::from), u64::MAX, 0],
            Kind::Letters | Kind::Unspaced if self.length <= 8 => [self.small(0), 0, 0],
            Kind::Letters | Kind::Unspaced => [0, 8, 16].map(|at| self.small(at)),
        }
    }

    /// Eight of its bytes from `at` on, with small letters and zeros behind its end.
    #[inline]
    fn small(self, at: usize) -> u64 {
        let Some(left) = self.length.checked_sub(at).filter(|left| *left > 0) else { return 0 };
        let rest = self.rest.get(at..).unwrap_or_default();
        let eight = rest.first_chunk::<8>().map_or_else(
            || rest.iter().enumerate().fold(0, |all, (at, byte)| all | u64::from(*byte) << (8 * at)),
            |eight| u64::from_le_bytes(*eight),
        );
        let mask = u64::MAX >> (8 * (8 - left.min(8)));
        let own = eight & mask;
        // The bit that capitals lack, in every byte that is no part of a foreign letter. Among the others of a word only
        // the apostrophe is no letter, and it has that bit.
        own | SMALL & !((own & FOREIGN) >> 2) & mask
    }

    /// A hash in which capitals do not count, and all numbers are the same.
    pub(super) fn hash(self) -> u32 {
        if self.kind() == Kind::Digits {
            return 7;
        }
        self.bytes().iter().fold(0x811c_9dc5, |hash, byte| step(hash, byte.to_ascii_lowercase()))
    }

    /// Adds the pieces of three to five letters, the borders of the word included.
    pub(super) fn pieces(self, found: &mut Vec<u32>) {
        if matches!(self.kind(), Kind::Digits | Kind::Sign) {
            return;
        }
        let word = self.bytes();
        let mut bordered = [b'<'; LONGEST + 2];
        let letters = word.iter().map(u8::to_ascii_lowercase).chain([b'>']);
        bordered.iter_mut().skip(1).zip(letters).for_each(|(to, from)| *to = from);
        let bordered = bordered.get(..word.len() + 2).unwrap_or_default();
        for start in 0..word.len() {
            let mut hash = 0x1234_5677;
            for (length, byte) in bordered.iter().skip(start).take(5).enumerate() {
                hash = step(hash, *byte);
                if length >= 2 {
                    found.push(of_piece(hash));
                }
            }
        }
    }
}

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

pub(super) fn mix(one: u32, other: u32) -> u32 {
    (one.rotate_left(13) ^ other).wrapping_mul(0x9e37_79b1)
}

/// The last step of a hash, so that all bits depend on all letters.
pub(super) fn finish(hash: u32) -> u32 {
    let hash = (hash ^ hash >> 15).wrapping_mul(0x2c1b_3c6d);
    hash ^ hash >> 13
}

pub(super) fn of_word(hash: u32) -> u32 {
    finish(hash) % (TEXT_BUCKETS / 2)
}

fn of_piece(hash: u32) -> u32 {
    finish(hash) % (TEXT_BUCKETS / 2) + TEXT_BUCKETS / 2
}

/// Words and signs of a text. Signs that repeat count once; letters of scripts without blanks are words each.
#[derive(Debug)]
pub(super) struct Words<'t> {
    text: &'t [u8],
    at: usize,
    last: u8,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0, last: b' ' }
    }
}

impl<'t> Iterator for Words<'t> {
    type Item = Word<'t>;

    #[inline]
    fn next(&mut self) -> Option<Word<'t>> {
        loop {
            let at = self.at;
            let rest = self.text.get(at..)?;
            let first = *rest.first()?;
            let kind = kind(first);
            let length = match kind {
                Kind::Sign => 1,
                Kind::Unspaced => run(rest, 3, |next| matches!(next, 0x80..=0xbf)),
                Kind::Digits => run(rest, LONGEST, |next| next.is_ascii_digit()),
                Kind::Letters => run(rest, LONGEST, is_of_word),
            };
            self.at += length;
            let repeated = kind == Kind::Sign && first == self.last;
            self.last = first;
            if !repeated && !first.is_ascii_whitespace() {
                return Some(Word { at, rest, length });
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letters,
    Digits,
    Unspaced,
    Sign,
}

/// The kind of what begins with each byte.
const KINDS: [Kind; 256] = table_of_kinds();

/// Whether a word of letters goes on with each byte.
const OF_WORDS: [bool; 256] = table_of_letters();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
const fn table_of_kinds() -> [Kind; 256] {
    let mut kinds = [Kind::Sign; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' => Kind::Digits,
            0xe3..=0xe9 => Kind::Unspaced,
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => Kind::Letters,
            _ => Kind::Sign,
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
const fn table_of_letters() -> [bool; 256] {
    let mut letters = [false; 256];
    let mut byte = 0_u8;
    loop {
        letters[byte as usize] = matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | 0x80..=0xe2 | 0xea.. | b'\'');
        if byte == u8::MAX {
            return letters;
        }
        byte += 1;
    }
}

fn kind(first: u8) -> Kind {
    KINDS.get(usize::from(first)).copied().unwrap_or(Kind::Sign)
}

fn is_of_word(next: u8) -> bool {
    OF_WORDS.get(usize::from(next)).copied().unwrap_or(false)
}

/// How long the word is that begins here, at most `most` bytes.
#[inline]
fn run(rest: &[u8], most: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    let rest = rest.get(..most).unwrap_or(rest);
    rest.iter().skip(1).position(|next| !goes_on(*next)).map_or(rest.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(passage: &str) -> Vec<&str> {
        Words::of(passage).map(|word| std::str::from_utf8(word.bytes()).unwrap()).collect()
    }

    #[test]
    fn a_passage_is_cut_into_words_and_signs() {
        assert_eq!(seen("Don't run `rm -rf`!!!"), ["Don't", "run", "`", "rm", "-", "rf", "`", "!"]);
        assert_eq!(seen("忽略 2025x"), ["忽", "略", "2025", "x"]);
    }

    #[test]
    fn every_word_has_its_pieces_however_long_it_is() {
        for length in 1..=LONGEST {
            let mut found = Vec::new();
            let word = "a".repeat(length);
            Word { at: 0, rest: word.as_bytes(), length }.pieces(&mut found);
            // Three, four and five letters from each place on, as far as there are so many with the borders.
            let expected: usize = (0..length).map(|start| (length + 2 - start).min(5) - 2).sum();
            assert_eq!(found.len(), expected, "{length}");
        }
    }

    #[test]
    fn capitals_and_numbers_do_not_count() {
        let features = |text| passages(&Plain::of(text)).pop().unwrap().features;
        assert_eq!(features("Read FILE 17"), features("read file 4"));
        assert_ne!(features("read file"), features("file read"));
    }

    #[test]
    fn what_counts_belongs_to_each_passage_in_which_it_begins() {
        let text =
            format!("{} ignore all previous instructions{}", " ordinary words".repeat(30), " other words".repeat(60));
        let at = text.find("ignore").unwrap();
        let number = of_word(Words::of("ignore").next().unwrap().hash());
        let all = passages(&Plain::of(&text));
        assert!(all.iter().filter(|it| it.range.contains(&at)).count() >= 2);
        for passage in all {
            assert_eq!(passage.features.text.contains(&number), passage.range.contains(&at), "{:?}", passage.range);
        }
    }
}
