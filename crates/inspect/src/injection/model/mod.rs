//! A small statistical model: a linear one over hashed words and pieces of words, and a judgement that weighs what it says
//! together with the signals of the rules.
//!
//! It is one signal among others. It knows the style of instructions to models, not what they lead to, and it was trained
//! on texts that were made for the purpose and on public ones; `training/injection` in this crate makes it anew.

mod concept;
mod features;
mod judgement;
mod sweep;
mod weights;
mod window;
mod wording;

pub use concept::Plain;
pub use features::{BUCKETS, Features, Passage, passages};
pub use judgement::{EVIDENCE, Scores, evidence, likelihood, tier};
pub use weights::{FLOATS, FORM, Weights};
pub use window::WIDTH;
pub(super) use window::windows_of;
pub use wording::Wording;

use std::ops::Range;
pub(super) use sweep::Sweep;

/// The scores of a text with these views; the first is the text itself, the others were hidden or encoded in it. And where
/// in the first the passage stands that scores highest.
pub fn scores(weights: &Weights, views: &[Plain]) -> (Scores, Option<Range<usize>>) {
    scores_by(&mut Sweep::new(weights), views)
}

/// The same by a sweep that has learned words from other texts.
pub(super) fn scores_by(sweep: &mut Sweep<'_>, views: &[Plain]) -> (Scores, Option<Range<usize>>) {
    let mut of = |view: &Plain| sweep.scores(view);
    let highest = |scores: &[(f32, Range<usize>)]| scores.iter().map(|(score, _)| *score).fold(-9.0, f32::max);
    let plain = views.first().map(&mut of).unwrap_or_default();
    let hidden = views.iter().skip(1).map(|view| highest(&of(view))).fold(-9.0, f32::max);
    let count = u16::try_from(plain.len()).unwrap_or(u16::MAX);
    let mean = plain.iter().map(|(score, _)| score).sum::<f32>() / f32::from(count.max(1));
    let scores = Scores { highest: highest(&plain), hidden, mean, passages: plain.len() };
    let place = plain.into_iter().max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, window)| window);
    (scores, place)
}
