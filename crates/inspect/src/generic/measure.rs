//! What can be counted in a value: classes of characters, runs, entropy, words, rarity. Whole numbers only, so that
//! every machine measures the same.

use super::rarity;

/// What was counted in a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) length: usize,
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) digits: usize,
    pub(super) symbols: usize,
    pub(super) blanks: usize,
    /// Bytes that are not ASCII.
    pub(super) wide: usize,
    /// Different bytes.
    pub(super) distinct: usize,
    /// Shannon entropy in sixteenths of a bit per byte.
    pub(super) entropy: usize,
    /// How often the class of characters changes.
    pub(super) changes: usize,
    /// The longest run of one character.
    pub(super) longest_repeat: usize,
    /// The longest run of characters that follow each other in the alphabet or on a keyboard.
    pub(super) longest_walk: usize,
    /// The longest run of letters.
    pub(super) longest_letters: usize,
    /// How rare its triples of characters are in code, in twelfths of a bit per character.
    pub(super) surprise: usize,
    /// The same of its rarest six characters.
    pub(super) worst_surprise: usize,
    /// How many of its letters belong to words, in percent.
    pub(super) covered: usize,
    /// How many words it holds.
    pub(super) words: usize,
    /// Its longest word.
    pub(super) longest_word: usize,
}

/// Rows of keyboards and what people take for one.
#[rustfmt::skip]
const ROWS: &[&[u8]] = &[
    b"qwertyuiop", b"asdfghjkl", b"zxcvbnm", b"1234567890", b"1qaz2wsx3edc4rfv5tgb6yhn", b"qwertzuiop", b"azertyuiop",
    b"!@#$%^&*()",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Blank,
    Symbol,
    Wide,
}

fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' => Class::Lower,
        b'A'..=b'Z' => Class::Upper,
        b'0'..=b'9' => Class::Digit,
        b' ' | b'\t' | b'\n' | b'\r' => Class::Blank,
        0x80.. => Class::Wide,
        _ => Class::Symbol,
    }
}

impl Measure {
    /// Counts.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut measure = Self { length: value.len(), ..Self::default() };
        let mut before = None;
        for byte in value {
            let class = class(*byte);
            let counter = match class {
                Class::Lower => &mut measure.lower,
                Class::Upper => &mut measure.upper,
                Class::Digit => &mut measure.digits,
                Class::Blank => &mut measure.blanks,
                Class::Symbol => &mut measure.symbols,
                Class::Wide => &mut measure.wide,
            };
            *counter += 1;
            measure.changes += usize::from(before.is_some_and(|it| it != class));
            before = Some(class);
        }
        (measure.distinct, measure.entropy) = entropy(value);
        measure.longest_repeat = longest_run(value, |a, b| a == b);
        measure.longest_walk = longest_walk(value);
        measure.longest_letters = longest_letters(value);
        (measure.surprise, measure.worst_surprise) = rarity::surprise(value);
        let words = rarity::words(value);
        measure.covered = words.covered * 100 / (measure.lower + measure.upper).max(1);
        measure.words = words.count;
        measure.longest_word = words.longest;
        measure
    }

    /// How many classes of characters occur.
    pub(super) fn classes(&self) -> usize {
        [self.lower, self.upper, self.digits, self.symbols, self.blanks, self.wide].iter().filter(|it| **it > 0).count()
    }
}

/// The number of different bytes, and the entropy in sixteenths of a bit per byte.
fn entropy(value: &[u8]) -> (usize, usize) {
    let mut counts = [0_usize; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let distinct = counts.iter().filter(|count| **count > 0).count();
    let whole = value.len().max(1);
    let bits: usize = counts.iter().filter(|count| **count > 0).map(|count| count * (log2(whole) - log2(*count))).sum();
    (distinct, bits / whole / 16)
}

/// The logarithm of a number from 1, in 256ths.
fn log2(number: usize) -> usize {
    let whole = number.max(1).ilog2() as usize;
    // The fraction by squaring: each square doubles the logarithm.
    let mut rest = (number.max(1) << 16) >> whole;
    let mut fraction = 0;
    for _ in 0..8 {
        rest = (rest * rest) >> 16;
        fraction <<= 1;
        if rest >= 2 << 16 {
            rest >>= 1;
            fraction |= 1;
        }
    }
    whole * 256 + fraction
}

fn longest_run(value: &[u8], continues: impl Fn(u8, u8) -> bool) -> usize {
    let mut longest = usize::from(!value.is_empty());
    let mut run = 1;
    for pair in value.windows(2) {
        let [a, b] = pair else { continue };
        run = if continues(*a, *b) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

fn longest_walk(value: &[u8]) -> usize {
    let ordered = |step: i16| {
        move |a: u8, b: u8| {
            i16::from(b) - i16::from(a) == step && a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric()
        }
    };
    let on_row = |a: u8, b: u8| {
        let pair = [a.to_ascii_lowercase(), b.to_ascii_lowercase()];
        ROWS.iter().any(|row| row.windows(2).any(|it| it == pair))
    };
    longest_run(value, ordered(1)).max(longest_run(value, ordered(-1))).max(longest_run(value, on_row))
}

fn longest_letters(value: &[u8]) -> usize {
    value.split(|byte| !byte.is_ascii_alphabetic()).map(<[u8]>::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_classes_runs_and_walks() {
        let measure = Measure::of(b"Passw0rd 12345!!!");
        assert_eq!((measure.lower, measure.upper, measure.digits, measure.symbols, measure.blanks), (6, 1, 6, 3, 1));
        assert_eq!((measure.longest_repeat, measure.longest_walk), (3, 5));
        assert_eq!(Measure::of(b"xqwertyx").longest_walk, 6);
    }

    #[test]
    fn entropy_is_that_of_shannon() {
        assert_eq!(Measure::of(b"abcd").entropy, 32);
        assert_eq!(Measure::of(b"aaaa").entropy, 0);
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(Measure::of(&bytes).entropy, 128);
    }

    #[test]
    fn random_text_is_rarer_than_words() {
        let words = Measure::of(b"getUserName");
        let random = Measure::of(b"xK9dlq2Pzzv");
        assert!(words.surprise < random.surprise, "{words:?} {random:?}");
        assert!(words.covered > 90 && random.covered < 50, "{words:?} {random:?}");
    }
}
