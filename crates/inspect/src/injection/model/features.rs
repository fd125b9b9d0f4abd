//! What the model counts: words and pairs and triples of them, and pieces of words, each hashed to a number.

/// How many numbers there are: the first half for words, the second for pieces of words.
pub(super) const TEXT_BUCKETS: u32 = 1 << 20;

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

/// The bit that tells small letters from capitals, and the one that tells foreign letters from Latin ones, eight times.
const SMALL: u64 = 0x2020_2020_2020_2020;
const FOREIGN: u64 = 0x8080_8080_8080_8080;

/// A word, or a sign that is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'t> {
    /// The passage from where it begins.
    rest: &'t [u8],
    length: usize,
    kind: Kind,
}

impl<'t> Word<'t> {
    fn bytes(self) -> &'t [u8] {
        self.rest.get(..self.length).unwrap_or_default()
    }

    /// What tells it from all other words; those that count as the same have the same.
    pub(super) fn name(self) -> [u64; 3] {
        match self.kind {
            // No letter of a word has these bits.
            Kind::Digits => [u64::MAX; 3],
            Kind::Sign => [self.rest.first().copied().map_or(0, u64::from), u64::MAX, 0],
            Kind::Letters | Kind::Unspaced => [0, 8, 16].map(|at| self.small(at)),
        }
    }

    /// Eight of its bytes from `at` on, with small letters and zeros behind its end.
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
        if self.kind == Kind::Digits {
            return 7;
        }
        self.bytes().iter().fold(0x811c_9dc5, |hash, byte| step(hash, byte.to_ascii_lowercase()))
    }

    /// Adds the pieces of three to five letters, the borders of the word included.
    pub(super) fn pieces(self, found: &mut Vec<u32>) {
        if matches!(self.kind, Kind::Digits | Kind::Sign) {
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

/// Words and signs of a passage. Signs that repeat count once; letters of scripts without blanks are words each.
pub(super) fn words(passage: &str) -> impl Iterator<Item = Word<'_>> {
    let bytes = passage.as_bytes();
    let mut at = 0;
    let mut last = b' ';
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let first = *rest.first()?;
            let kind = kind(first);
            let length = match kind {
                Kind::Sign => 1,
                Kind::Unspaced => run(rest, 3, |next| matches!(next, 0x80..=0xbf)),
                Kind::Digits => run(rest, LONGEST, |next| next.is_ascii_digit()),
                Kind::Letters => run(rest, LONGEST, is_of_word),
            };
            at += length;
            let repeated = kind == Kind::Sign && first == last;
            last = first;
            if !repeated && !first.is_ascii_whitespace() {
                return Some(Word { rest, length, kind });
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
        words(passage).map(|word| std::str::from_utf8(word.bytes()).unwrap()).collect()
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
            let word = "a".repeat(length);
            Word { rest: word.as_bytes(), length, kind: Kind::Letters }.pieces(&mut found);
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
