//! Keyed choices, one after the other, for one value.

use crate::keyed::Keyed;
use crate::replace::symbol::TAG_ALPHABET;

/// Choices that nobody can predict without the key.
pub(super) struct Stream<'k> {
    keyed: &'k Keyed,
    value: &'k str,
    attempt: u32,
    block: u32,
    left: Vec<u8>,
}

impl<'k> Stream<'k> {
    pub(super) fn new(keyed: &'k Keyed, value: &'k str, attempt: u32) -> Self {
        Self { keyed, value, attempt, block: 0, left: Vec::new() }
    }

    /// A number below `end`. What a modulus prefers, it prefers by less than one in 2^56.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let number = (0..8).fold(0_u64, |number, _| number << 8 | u64::from(self.byte()));
        usize::try_from(number % (end.max(1) as u64)).unwrap_or(0)
    }

    /// One of `choices`.
    pub(super) fn one_of(&mut self, choices: &[u8]) -> char {
        let index = self.below(choices.len());
        choices.get(index).copied().map_or('0', char::from)
    }

    /// A decimal digit.
    pub(super) fn digit(&mut self) -> char {
        self.one_of(b"0123456789")
    }

    /// Letters and digits that are not easily confused, in lower case.
    pub(super) fn word(&mut self, length: usize) -> String {
        (0..length).map(|_| self.one_of(TAG_ALPHABET).to_ascii_lowercase()).collect()
    }

    fn byte(&mut self) -> u8 {
        if self.left.is_empty() {
            let parts: [&[u8]; 3] = [self.value.as_bytes(), &self.attempt.to_be_bytes(), &self.block.to_be_bytes()];
            self.left = self.keyed.code("placeholder in form", &parts).to_vec();
            self.block += 1;
        }
        self.left.pop().unwrap_or(0)
    }
}
