//! How the placeholders of a session can begin. For most places of a text it tells without a search that none does.

use super::symbol::{MARKER, Symbol, fold};

/// How many symbols are looked at.
pub(crate) const DEPTH: usize = 3;
/// Ten digits and twenty-six letters.
const RADIX: usize = 36;

/// What placeholders begin with: bytes of a text for all of them, up to three symbols for those in the form of a value.
#[derive(Debug, Clone)]
pub(crate) struct Openings {
    /// The bytes that a placeholder can begin with, however its first symbol is spelled.
    bytes: [bool; 256],
    /// One bit for every sequence of one to three symbols; empty as long as nothing was added.
    sequences: Vec<u64>,
}

impl Default for Openings {
    fn default() -> Self {
        let mut openings = Self { bytes: [false; 256], sequences: Vec::new() };
        openings.allow(MARKER.first().copied().unwrap_or_default());
        // An escape, an entity, percent-encoding, and the first byte of the wide forms.
        for byte in *b"\\&%\xEF" {
            if let Some(allowed) = openings.bytes.get_mut(usize::from(byte)) {
                *allowed = true;
            }
        }
        openings
    }
}

impl Openings {
    /// Whether there is no placeholder but marked ones.
    pub(crate) fn only_marked(&self) -> bool {
        self.sequences.is_empty()
    }

    /// Remembers how `symbols` begin.
    pub(crate) fn add(&mut self, symbols: &[Symbol]) {
        if self.sequences.is_empty() {
            self.sequences = vec![0; RADIX.pow(3) * 2 / 64 + 1];
        }
        symbols.first().into_iter().for_each(|first| self.allow(*first));
        for length in 1..=DEPTH.min(symbols.len()) {
            let place = symbols.get(..length).and_then(index);
            if let Some((word, bit)) = place
                && let Some(word) = self.sequences.get_mut(word)
            {
                *word |= bit;
            }
        }
    }

    /// Whether a placeholder can begin with this byte.
    pub(crate) fn may_begin_with(&self, byte: u8) -> bool {
        self.bytes.get(usize::from(byte)).copied().unwrap_or(false)
    }

    /// Whether a placeholder in form begins with these symbols. What is longer than three is judged by its first three.
    pub(crate) fn may_begin(&self, symbols: &[Symbol]) -> bool {
        let start = symbols.get(..DEPTH).unwrap_or(symbols);
        index(start).is_some_and(|(word, bit)| self.sequences.get(word).is_some_and(|word| word & bit != 0))
    }

    /// Remembers every letter that stands for a symbol.
    fn allow(&mut self, symbol: Symbol) {
        for (byte, allowed) in (0..=0x7F_u8).zip(&mut self.bytes) {
            *allowed |= fold(char::from(byte)) == Some(symbol);
        }
    }
}

/// The bit of a sequence: sequences of all lengths are numbered one after the other.
fn index(symbols: &[Symbol]) -> Option<(usize, u64)> {
    let number = symbols.iter().try_fold(0_usize, |number, symbol| {
        let digit = char::from(*symbol).to_digit(36)?;
        Some(number * RADIX + usize::try_from(digit).ok()? + 1)
    })?;
    Some((number / 64, 1 << (number % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_how_everything_begins_that_was_added() {
        let mut openings = Openings::default();
        assert!(openings.only_marked() && !openings.may_begin(b"G"));
        openings.add(b"GHPABC");
        openings.add(b"ZZZZ");
        openings.add(b"0");
        for yes in [&b"G"[..], b"GH", b"GHP", b"GHPX", b"Z", b"ZZ", b"ZZZ", b"0"] {
            assert!(openings.may_begin(yes), "{yes:?}");
        }
        for no in [&b"H"[..], b"GG", b"GHQ", b"00", b"1", b"ZZY"] {
            assert!(!openings.may_begin(no), "{no:?}");
        }
    }

    #[test]
    fn knows_every_byte_that_spells_a_beginning() {
        let mut openings = Openings::default();
        assert!(b"Zz\\&%\xEF".iter().all(|byte| openings.may_begin_with(*byte)));
        assert!(!b"Qq0Oog ".iter().any(|byte| openings.may_begin_with(*byte)));
        openings.add(b"0AB");
        assert!(b"0oO".iter().all(|byte| openings.may_begin_with(*byte)));
    }
}
