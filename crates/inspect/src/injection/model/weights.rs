//! The weights of the model as they lie in the program.
//!
//! The file begins with eight bytes that name its form; then come, as 32-bit floats in little-endian order: the step of
//! the weights, the constant, the thresholds of the tiers, and the weights of the judgement; then one signed byte for
//! each bucket.

use super::features::{BUCKETS, Features};
use super::judgement::EVIDENCE;
use super::sweep::Sum;

/// What the file begins with.
pub const FORM: &[u8; 8] = b"pcinj02\n";

/// How many floats stand before the bytes.
pub const FLOATS: usize = 4 + EVIDENCE + 1;

static FILE: &[u8] = include_bytes!("../../../model/injection.bin");

/// The model: what each feature speaks for, and how all evidence is weighed.
#[derive(Debug, Clone)]
pub struct Weights {
    /// What one step of a byte is worth.
    pub step: f32,
    /// What a passage without features scores.
    pub constant: f32,
    /// From which score on a text is worth an alert, and from which on it is blocked.
    pub thresholds: [f32; 2],
    /// The weights of the evidence, and the constant behind them.
    pub judgement: [f32; EVIDENCE + 1],
    /// The weight of each feature, in steps.
    pub features: &'static [u8],
}

impl Weights {
    /// The weights that the program was built with. A file of another form says nothing.
    pub fn built_in() -> Self {
        Self::read(FILE).unwrap_or(Self {
            step: 0.0,
            constant: 0.0,
            thresholds: [f32::INFINITY; 2],
            judgement: [0.0; EVIDENCE + 1],
            features: &[],
        })
    }

    pub(super) fn read(file: &'static [u8]) -> Option<Self> {
        let rest = file.strip_prefix(FORM)?;
        let (floats, features) = rest.split_at_checked(FLOATS * 4)?;
        let (fours, _) = floats.as_chunks::<4>();
        let mut floats = fours.iter().map(|four| f32::from_le_bytes(*four));
        let [step, constant, alert, block] = [(); 4].map(|()| floats.next().unwrap_or(0.0));
        let judgement = [(); EVIDENCE + 1].map(|()| floats.next().unwrap_or(0.0));
        (features.len() == BUCKETS).then_some(Self { step, constant, thresholds: [alert, block], judgement, features })
    }

    /// The weight of a feature, in steps.
    pub(super) fn steps(&self, feature: u32) -> i8 {
        self.features.get(feature as usize).map_or(0, |byte| byte.cast_signed())
    }

    /// How much a passage with these features speaks for an attack.
    pub fn score(&self, features: &Features) -> f32 {
        self.constant + self.step * features.sum(|feature| f32::from(self.steps(feature)))
    }

    /// What these features weigh together.
    pub(super) fn sum_of(&self, features: impl IntoIterator<Item = u32>) -> Sum {
        features.into_iter().fold(Sum::default(), |sum, feature| Sum {
            weight: sum.weight + i32::from(self.steps(feature)),
            count: sum.count + 1,
        })
    }

    /// How much a passage speaks for an attack whose words and whose concepts come to this.
    #[expect(clippy::cast_precision_loss, reason = "at most a few thousand weights of at most 127, which is exact")]
    pub(super) fn score_of(&self, words: Sum, concepts: Sum) -> f32 {
        let part = |sum: Sum| sum.weight as f32 * Features::share(sum.count as usize);
        self.constant + self.step * (part(words) + part(concepts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_form_that_the_program_reads() {
        assert!(Weights::read(FILE).is_some());
        assert!(FILE.len() < 1_500_000);
    }
}
