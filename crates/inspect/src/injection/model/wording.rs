//! The linear part of the model with weights that somebody else brings, for another kind of text.

use super::super::view::fold;
use super::{Plain, Sweep, Weights};

/// How texts of a kind are worded.
#[derive(Debug, Clone)]
pub struct Wording {
    weights: Weights,
}

impl Wording {
    /// Reads weights as the trainer writes them; nothing if they have another form.
    pub fn read(file: &'static [u8]) -> Option<Self> {
        Weights::read(file).map(|weights| Self { weights })
    }

    /// The scores from which on a text is worth a look, and from which on it is worth more.
    pub const fn thresholds(&self) -> [f32; 2] {
        self.weights.thresholds
    }

    /// What each text scores: the passage of it that scores highest.
    pub fn scores<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Vec<f32> {
        let mut sweep = Sweep::new(&self.weights);
        let mut score = |text: &str| {
            let scores = sweep.scores(&Plain::of(&fold(text).text));
            scores.iter().map(|(score, _)| *score).fold(f32::NEG_INFINITY, f32::max)
        };
        texts.into_iter().map(&mut score).collect()
    }
}
