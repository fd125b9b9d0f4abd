//! What the model counts: words and pairs and triples of them, and pieces of words, each hashed to a number.

/// How many numbers there are: the first half for words, the second for pieces of words.
const TEXT_BUCKETS: u32 = 1 << 20;

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
    /// The features of a passage, which must be in its simplest form, as the first view of a text is.
    pub fn of(passage: &str) -> Self {
        let concepts = super::concept::concepts(passage).into_iter().map(|number| TEXT_BUCKETS + number).collect();
        Self { text: features(passage), concepts }
    }

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

/// Words longer than this are cut, so that encoded text costs no more than other text.
const LONGEST: usize = 24;

/// The numbers of the words and pieces that a passage has, each once, in ascending order.
fn features(passage: &str) -> Vec<u32> {
    let mut found = Vec::with_capacity(passage.len() * 3);
    let mut before = [0u32; 2];
    for word in words(passage) {
        let one = word.hash();
        found.push(of_word(one));
        found.push(of_word(mix(before[0], one)));
        found.push(of_word(mix(mix(before[1], before[0]), one)));
        word.pieces(&mut found);
        before = [one, before[0]];
    }
    let mut found = ascending(&found);
    found.dedup();
    found
}

/// Bits that one pass of [`ascending`] sorts by; two passes are enough for all numbers.
const DIGIT: u32 = TEXT_BUCKETS.ilog2() / 2;

/// So many numbers are in order sooner if they are compared.
const FEW: usize = 200;

/// The numbers in ascending order. They are small, so many of them need not be compared.
fn ascending(numbers: &[u32]) -> Vec<u32> {
    let mut from = numbers.to_vec();
    if from.len() < FEW {
        from.sort_unstable();
        return from;
    }
    for shift in [0, DIGIT] {
        let digit = |number: u32| (number >> shift & ((1 << DIGIT) - 1)) as usize;
        let mut places = [0_usize; 1 << DIGIT];
        for number in &from {
            if let Some(count) = places.get_mut(digit(*number)) {
                *count += 1;
            }
        }
        let mut next = 0;
        for place in &mut places {
            next += std::mem::replace(place, next);
        }
        let mut to = vec![0; from.len()];
        for number in from {
            let Some(place) = places.get_mut(digit(number)) else { continue };
            if let Some(slot) = to.get_mut(*place) {
                *slot = number;
            }
            *place += 1;
        }
        from = to;
    }
    from
}

/// A word, or a sign that is none.
#[derive(Debug, Clone, Copy)]
struct Word<'t>(&'t [u8]);

impl Word<'_> {
    /// A hash in which capitals do not count, and all numbers are the same.
    fn hash(self) -> u32 {
        if self.0.iter().all(u8::is_ascii_digit) {
            return 7;
        }
        self.0.iter().fold(0x811c_9dc5, |hash, byte| step(hash, byte.to_ascii_lowercase()))
    }

    /// Adds the pieces of three to five letters, the borders of the word included.
    fn pieces(self, found: &mut Vec<u32>) {
        if !self.0.first().is_some_and(|first| first.is_ascii_alphabetic() || *first >= 0x80) {
            return;
        }
        let mut bordered = [b'<'; LONGEST + 2];
        let letters = self.0.iter().map(u8::to_ascii_lowercase).chain([b'>']);
        bordered.iter_mut().skip(1).zip(letters).for_each(|(to, from)| *to = from);
        let bordered = bordered.get(..self.0.len() + 2).unwrap_or_default();
        for start in 0..self.0.len() {
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

fn of_word(hash: u32) -> u32 {
    finish(hash) % (TEXT_BUCKETS / 2)
}

fn of_piece(hash: u32) -> u32 {
    finish(hash) % (TEXT_BUCKETS / 2) + TEXT_BUCKETS / 2
}

/// Words and signs of a passage. Signs that repeat count once; letters of scripts without blanks are words each.
fn words(passage: &str) -> impl Iterator<Item = Word<'_>> {
    let bytes = passage.as_bytes();
    let mut at = 0;
    let mut last = b' ';
    std::iter::from_fn(move || {
        loop {
            let first = *bytes.get(at)?;
            let start = at;
            let kind = kind(first);
            let most = if kind == Kind::Unspaced { 3 } else { LONGEST };
            at += 1;
            while at < bytes.len()
                && at - start < most
                && kind != Kind::Sign
                && bytes.get(at).is_some_and(|next| continues(kind, *next))
            {
                at += 1;
            }
            let repeated = kind == Kind::Sign && first == last;
            last = first;
            if !repeated && !first.is_ascii_whitespace() {
                return Some(Word(bytes.get(start..at)?));
            }
        }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letters,
    Digits,
    Unspaced,
    Sign,
}

fn kind(first: u8) -> Kind {
    match first {
        b'0'..=b'9' => Kind::Digits,
        0xe3..=0xe9 => Kind::Unspaced,
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => Kind::Letters,
        _ => Kind::Sign,
    }
}

fn continues(kind: Kind, next: u8) -> bool {
    match kind {
        Kind::Letters => next.is_ascii_alphabetic() || matches!(next, 0x80..=0xe2 | 0xea.. | b'\''),
        Kind::Digits => next.is_ascii_digit(),
        Kind::Unspaced => matches!(next, 0x80..=0xbf),
        Kind::Sign => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(passage: &str) -> Vec<&str> {
        words(passage).map(|word| std::str::from_utf8(word.0).unwrap()).collect()
    }

    #[test]
    fn a_passage_is_cut_into_words_and_signs() {
        assert_eq!(seen("Don't run `rm -rf`!!!"), ["Don't", "run", "`", "rm", "-", "rf", "`", "!"]);
        assert_eq!(seen("忽略 2025x"), ["忽", "略", "2025", "x"]);
    }

    #[test]
    fn numbers_are_put_in_order() {
        let numbers: Vec<u32> =
            (0..5000_u32).map(|at| finish(at) % TEXT_BUCKETS).chain([0, TEXT_BUCKETS - 1]).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        assert_eq!(ascending(&numbers), sorted);
        assert_eq!(ascending(&[]), [0; 0]);
    }

    #[test]
    fn every_word_has_its_pieces_however_long_it_is() {
        for length in 1..=LONGEST {
            let mut found = Vec::new();
            Word("a".repeat(length).as_bytes()).pieces(&mut found);
            // Three, four and five letters from each place on, as far as there are so many with the borders.
            let expected: usize = (0..length).map(|start| (length + 2 - start).min(5) - 2).sum();
            assert_eq!(found.len(), expected, "{length}");
        }
    }

    #[test]
    fn capitals_and_numbers_do_not_count() {
        assert_eq!(features("Read FILE 17"), features("read file 4"));
        assert_ne!(features("read file"), features("file read"));
    }
}
