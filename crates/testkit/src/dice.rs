//! Choices that look random and are the same on every run.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "used by tests only, where a panic is a failed test"
)]

/// A generator of choices, after the `SplitMix64` that is used to seed others.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same way for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, or 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % (end.max(1) as u64)).unwrap_or(0)
    }

    /// One of `choices`; there must be one.
    pub fn one_of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// Yes, once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Characters drawn from `alphabet`.
    pub fn word(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| *self.one_of(&letters)).collect()
    }

    /// A text cut into pieces of up to `longest` bytes, at ends of characters.
    pub fn chunks<'t>(&mut self, text: &'t str, longest: usize) -> Vec<&'t str> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = text.ceil_char_boundary(start + 1 + self.below(longest));
            chunks.push(&text[start..end]);
            start = end;
        }
        chunks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way_and_pieces_make_up_the_whole() {
        let text = "añb\u{200b}c😀".repeat(9);
        let cut = |seed| Dice::new(seed).chunks(&text, 5).concat();
        assert_eq!((cut(1), cut(2)), (text.clone(), text.clone()));
        assert_eq!(Dice::new(3).word("abc", 50), Dice::new(3).word("abc", 50));
        assert!((0..100).all(|seed| Dice::new(seed).below(7) < 7));
    }
}
