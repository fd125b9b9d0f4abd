//! How rare a text is among the names and words of programs: a table of three characters in a row, and a set of words.

/// For each two characters the surprise at a third, in twelfths of a bit; 32 classes of characters.
static TRIGRAMS: &[u8; 32 * 32 * 32] = include_bytes!("../../model/trigrams.bin");
/// A Bloom filter of the words that programs are written with.
static WORDS: &[u8; 1 << 14] = include_bytes!("../../model/words.bin");

/// Stands before the first character.
const START: usize = 29;
/// Words of the set have so many letters.
const SHORTEST: usize = 3;
const LONGEST: usize = 14;
/// A longer run of letters is looked at so far.
const RUN: usize = 64;

/// The class of a character, as the table counts it.
fn symbol(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => 26,
        b'_' | b'-' | b'.' | b' ' => 27,
        _ => 28,
    }
}

/// The mean surprise, and that of the rarest six characters in a row; twelfths of a bit per character.
pub(super) fn surprise(value: &[u8]) -> (usize, usize) {
    let (mut first, mut second) = (START, START);
    let mut sum = 0;
    let mut worst = 0;
    let mut window = [0_usize; 6];
    for (at, byte) in value.iter().enumerate() {
        let third = symbol(*byte);
        let bits = TRIGRAMS.get((first * 32 + second) * 32 + third).copied().map_or(0, usize::from);
        sum += bits;
        if let Some(place) = window.get_mut(at % 6) {
            *place = bits;
        }
        worst = worst.max(window.iter().sum::<usize>() / 6);
        (first, second) = (second, third);
    }
    (sum / value.len().max(1), worst)
}

/// Words within a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// Letters that belong to words.
    pub(super) covered: usize,
    pub(super) count: usize,
    pub(super) longest: usize,
}

/// The words that a text can be taken for: in each run of letters those that cover the most.
pub(super) fn words(value: &[u8]) -> Words {
    let mut found = Words::default();
    for run in value.split(|byte| !byte.is_ascii_alphabetic()).filter(|run| run.len() >= SHORTEST) {
        let run = run.get(..run.len().min(RUN)).unwrap_or_default();
        cover(run, &mut found);
    }
    found
}

/// Dynamic programming: the best cover of the first letters, longer words preferred.
fn cover(run: &[u8], found: &mut Words) {
    // Of the first `n` letters: the score, the letters covered, the words, the longest.
    let mut best = [(0_usize, 0_usize, 0_usize, 0_usize); RUN + 1];
    for end in 1..=run.len() {
        let mut choice = best.get(end - 1).copied().unwrap_or_default();
        for length in SHORTEST..=LONGEST.min(end) {
            let word = run.get(end - length..end).unwrap_or_default();
            let before = best.get(end - length).copied().unwrap_or_default();
            let score = before.0 + length * length;
            if score > choice.0 && is_word(word) {
                choice = (score, before.1 + length, before.2 + 1, before.3.max(length));
            }
        }
        if let Some(place) = best.get_mut(end) {
            *place = choice;
        }
    }
    let (_, covered, count, longest) = best.get(run.len()).copied().unwrap_or_default();
    found.covered += covered;
    found.count += count;
    found.longest = found.longest.max(longest);
}

/// Whether these letters are a word, in either case. One in fifty that is none passes for one.
pub(super) fn is_word(letters: &[u8]) -> bool {
    let hash = letters
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193));
    let holds = |place: u32| WORDS.get((place >> 3) as usize).is_some_and(|byte| byte >> (place & 7) & 1 != 0);
    holds(hash & 0x1_ffff) && holds(hash.wrapping_mul(0x9E37_79B1) >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_words_in_a_name() {
        assert_eq!(words(b"getUserName"), Words { covered: 11, count: 2, longest: 8 });
        assert_eq!(words(b"12345"), Words::default());
    }

    #[test]
    fn a_run_without_end_takes_bounded_time() {
        assert!(words(&vec![b'a'; 100_000]).covered <= RUN);
    }
}
