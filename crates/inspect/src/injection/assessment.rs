//! How likely a text is an attack, all things considered.

use super::model::{self, Weights};
use super::scan::examine;
use super::{Context, Settings, Signal, Tier};
use std::sync::LazyLock;

/// How likely a text is an attack, and what speaks for it.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// From 0 to 1. Calibrated on texts of which about half were attacks, so no probability of your texts.
    pub score: f32,
    /// What that calls for; nothing if it is an ordinary text.
    pub tier: Option<Tier>,
    /// What the rules saw, notes included.
    pub signals: Vec<Signal>,
    /// What the model says of the passage that it likes least. Above 0 speaks for an attack.
    pub model: f32,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(Weights::built_in);

/// Weighs everything that is known of a text.
pub fn assess(text: &str, settings: &Settings) -> Assessment {
    let (signals, views) = examine(text, settings.context);
    let scores = model::scores(&WEIGHTS, &views);
    let evidence = model::evidence(text, scores, &signals);
    let score = model::likelihood(&WEIGHTS, &evidence);
    let tier = tier(score, &signals, settings.context);
    Assessment { score, tier, signals, model: scores.highest.max(scores.hidden) }
}

/// The tier of a text: what the score calls for, or the strongest signal. What a user says is never blocked for its words.
fn tier(score: f32, signals: &[Signal], context: Context) -> Option<Tier> {
    let [alert, block] = WEIGHTS.thresholds;
    let words = match score {
        sure if sure >= block => Some(Tier::Block),
        likely if likely >= alert => Some(Tier::Alert),
        _ => None,
    };
    let of = |hides: bool| signals.iter().filter(move |signal| signal.hides() == hides).map(|signal| signal.tier).max();
    let words = words.max(of(false).filter(|tier| *tier >= Tier::Alert));
    let words = if context == Context::User { words.min(Some(Tier::Alert)) } else { words };
    words.max(of(true).filter(|tier| *tier >= Tier::Alert))
}
