//! A small statistical model: a linear one over hashed words and pieces of words, and a judgement that weighs what it says
//! together with the signals of the rules.
//!
//! It is one signal among others. It knows the style of instructions to models, not what they lead to, and it was trained
//! on texts that were made for the purpose and on public ones; `training/injection` in this crate makes it anew.

mod concept;
mod features;
mod judgement;
mod weights;
mod window;

pub use features::{BUCKETS, Features};
pub use judgement::{EVIDENCE, Scores, evidence, likelihood};
pub use weights::{FLOATS, FORM, Weights};
pub use window::{WIDTH, windows};

/// The scores of a text with these views; the first is the text itself, the others were hidden or encoded in it.
pub fn scores(weights: &Weights, views: &[String]) -> Scores {
    let of = |view: &String| {
        windows(view)
            .into_iter()
            .map(|window| weights.score(&Features::of(view.get(window).unwrap_or_default())))
            .collect::<Vec<f32>>()
    };
    let plain: Vec<f32> = views.first().map(of).unwrap_or_default();
    let highest = |scores: &[f32]| scores.iter().copied().fold(-9.0, f32::max);
    let hidden = views.iter().skip(1).map(|view| highest(&of(view))).fold(-9.0, f32::max);
    let count = u16::try_from(plain.len()).unwrap_or(u16::MAX);
    let mean = plain.iter().sum::<f32>() / f32::from(count.max(1));
    Scores { highest: highest(&plain), hidden, mean, passages: plain.len() }
}
