//! A compressed set of bits, as a split index names entries with: runs of equal words, then words that are written out.

/// The numbers of the bits that are set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Bitmap(Vec<u64>);

/// More bits than entries that any index has. A run says in a few bytes that there are more.
const MOST_WORDS: usize = (1 << 28) / 64;

impl Bitmap {
    /// Reads a set, and says what follows it.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (_bits, rest) = word(bytes)?;
        let (count, rest) = word(rest)?;
        let (mut packed, rest) = rest.split_at_checked(usize::try_from(count).ok()?.checked_mul(8)?)?;
        // The position of the last marker, which only a writer needs.
        let (_, rest) = word(rest)?;
        let mut words = Vec::new();
        while !packed.is_empty() {
            let marker = next(&mut packed)?;
            let run = usize::try_from(marker >> 1 & 0xffff_ffff).ok()?;
            let literal = usize::try_from(marker >> 33).ok()?;
            if words.len().checked_add(run)?.checked_add(literal)? > MOST_WORDS {
                return None;
            }
            words.resize(words.len() + run, if marker & 1 == 1 { u64::MAX } else { 0 });
            for _ in 0..literal {
                words.push(next(&mut packed)?);
            }
        }
        Some((Self(words), rest))
    }

    /// Whether a bit is set.
    pub(crate) fn holds(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(word, rest)| (u32::from_be_bytes(*word), rest))
}

fn next(packed: &mut &[u8]) -> Option<u64> {
    let (word, rest) = packed.split_first_chunk()?;
    *packed = rest;
    Some(u64::from_be_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_runs_and_words() {
        // One word of ones, two of zeros, then a word that is written out.
        let markers = [1 | 1 << 1, 2 << 1 | 1 << 33, 0b101];
        let mut bytes = [200_u32.to_be_bytes(), 3_u32.to_be_bytes()].concat();
        bytes.extend(markers.iter().flat_map(|word: &u64| word.to_be_bytes()));
        bytes.extend([0, 0, 0, 1, b'x']);
        let (bitmap, rest) = Bitmap::parse(&bytes).unwrap();
        assert_eq!(rest, b"x");
        let set: Vec<usize> = (0..300).filter(|bit| bitmap.holds(*bit)).collect();
        assert_eq!(set, (0..64).chain([192, 194]).collect::<Vec<_>>());
    }

    #[test]
    fn a_run_without_end_is_refused() {
        let mut bytes = [1_u32.to_be_bytes(), 1_u32.to_be_bytes()].concat();
        bytes.extend((1_u64 | 0xffff_ffff << 1).to_be_bytes());
        bytes.extend([0; 4]);
        assert_eq!(Bitmap::parse(&bytes), None);
    }
}
