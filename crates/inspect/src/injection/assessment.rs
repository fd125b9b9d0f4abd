//! How likely a text is an attack, all things considered.

use super::model::{self, Sweep, Weights};
use super::scan::examine;
use super::{Context, Settings, Signal, Tier};
use std::ops::Range;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

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
    /// That passage; the whole text if it can't be told.
    pub(crate) place: Range<usize>,
}

impl Assessment {
    /// What the score alone calls for.
    pub(crate) fn likely(&self) -> Option<Tier> {
        model::tier(self.score, None, WEIGHTS.thresholds)
    }
}

/// Sweeps that wait for the next text: what one has learned of words is good for all texts.
static IDLE: Mutex<Vec<Sweep<'static>>> = Mutex::new(Vec::new());

/// More than these are seldom at work at once.
const MOST_IDLE: usize = 8;

/// A sweep that a thread panicked with was not put back.
fn lock<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(Weights::built_in);

/// Weighs everything that is known of a text.
pub fn assess(text: &str, settings: &Settings) -> Assessment {
    assess_with(text, settings.context)
}

pub(crate) fn assess_with(text: &str, context: Context) -> Assessment {
    let (signals, views) = examine(text, context);
    let mut sweep = lock(&IDLE).pop().unwrap_or_else(|| Sweep::new(&WEIGHTS));
    let (scores, place) = model::scores_by(&mut sweep, &views);
    let mut idle = lock(&IDLE);
    if idle.len() < MOST_IDLE {
        idle.push(sweep);
    }
    drop(idle);
    let plain = views.first().is_some_and(|view| view.text == text);
    let place = place.filter(|_| plain).unwrap_or(0..text.len());
    let evidence = model::evidence(text, scores, &signals);
    let score = model::likelihood(&WEIGHTS, &evidence);
    let tier = tier(score, &signals, context);
    Assessment { score, tier, signals, model: scores.highest.max(scores.hidden), place }
}

/// The tier of a text: what the score and the words call for, or text that hides. What a user says is never blocked for
/// its words.
fn tier(score: f32, signals: &[Signal], context: Context) -> Option<Tier> {
    let of = |hides: bool| signals.iter().filter(move |signal| signal.hides() == hides).map(|signal| signal.tier).max();
    let words = model::tier(score, of(false), WEIGHTS.thresholds);
    let words = if context == Context::User { words.min(Some(Tier::Alert)) } else { words };
    words.max(of(true).filter(|tier| *tier >= Tier::Alert))
}
