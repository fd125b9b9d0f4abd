//! Learns the weights of features: logistic regression, one step per passage and a rate per feature (FTRL), so that what is
//! rare keeps no weight.

use crate::random::Random;
use crate::sample::{Passage, Sample};
use portcullis_inspect::injection::model::{BUCKETS, Features, Scores};

/// How fast, and how much it costs to have a weight.
const RATE: f32 = 1.2;
const SLOW: f32 = 1.0;
const L1: f32 = 0.15;
const L2: f32 = 1.5;

/// What share of the words, and of the concepts, of a passage is looked at each time.
const KEEP_TEXT: f32 = 0.6;
const KEEP_CONCEPTS: f32 = 0.85;

/// How often all passages are seen.
const ROUNDS: usize = 8;

/// Weights while they are learnt.
#[derive(Debug)]
pub(crate) struct Linear {
    pull: Vec<f32>,
    seen: Vec<f32>,
    pub(crate) weights: Vec<f32>,
    pub(crate) constant: f32,
    /// Decides what is left out.
    random: Random,
}

impl Linear {
    /// Learns from these samples.
    pub(crate) fn learn(samples: &[&Sample]) -> Self {
        let mut linear = Self {
            pull: vec![0.0; BUCKETS],
            seen: vec![0.0; BUCKETS],
            weights: vec![0.0; BUCKETS],
            constant: -1.0,
            random: Random::new(21),
        };
        let mut random = Random::new(20);
        let mut order: Vec<usize> = (0..samples.len()).collect();
        for round in 0..ROUNDS {
            random.shuffle(&mut order);
            for sample in order.iter().filter_map(|number| samples.get(*number)) {
                linear.see(sample, round);
            }
        }
        linear
    }

    /// Takes in one sample. Where the attack stands is not always known: then it is taken to be in the passage that scores
    /// highest.
    fn see(&mut self, sample: &Sample, round: usize) {
        let known: Vec<(&Passage, bool)> =
            sample.passages.iter().filter_map(|passage| Some((passage, passage.attack?))).collect();
        let unknown = sample.passages.iter().filter(|passage| passage.attack.is_none());
        let best = unknown.max_by(|one, other| self.score(&one.features).total_cmp(&self.score(&other.features)));
        let has_attack = known.iter().any(|(_, attack)| *attack);
        let guess = best.filter(|_| sample.row.attack && !has_attack && (round > 0 || sample.passages.len() < 4));
        let all: Vec<(&Passage, bool)> = known.into_iter().chain(guess.map(|passage| (passage, true))).collect();
        let harmless = all.iter().filter(|(_, attack)| !attack).count().max(1);
        for (passage, attack) in all {
            // Of a long harmless text, the passages share its weight, and each keeps a part.
            let share = if attack { 1.0 } else { (2.0 / count(harmless)).min(1.0) };
            self.step(&passage.features, attack, sample.weight * share);
        }
    }

    pub(crate) fn score(&self, features: &Features) -> f32 {
        self.constant + features.sum(|feature| self.weights.get(feature as usize).copied().unwrap_or(0.0))
    }

    /// Learns from one passage, some of whose features are left out at random: no single word is to decide, since the
    /// next attack will be worded otherwise.
    fn step(&mut self, features: &Features, attack: bool, weight: f32) {
        let features = &Features {
            text: self.some(&features.text, KEEP_TEXT),
            concepts: self.some(&features.concepts, KEEP_CONCEPTS),
        };
        let likely = 1.0 / (1.0 + (-self.score(features)).exp());
        let error = (likely - f32::from(u8::from(attack))) * weight;
        self.constant -= 0.01 * error;
        for part in [&features.text, &features.concepts] {
            let share = Features::share(part.len());
            for feature in part {
                self.pull(*feature as usize, error, share);
            }
        }
    }

    /// Each of these with this likelihood.
    fn some(&mut self, features: &[u32], keep: f32) -> Vec<u32> {
        let kept = |_: &&u32| count(self.random.below(1000)) < keep * 1000.0;
        features.iter().filter(kept).copied().collect()
    }

    /// Moves one weight.
    fn pull(&mut self, place: usize, error: f32, share: f32) {
        let places = (self.pull.get_mut(place), self.seen.get_mut(place), self.weights.get_mut(place));
        let (Some(pull), Some(seen), Some(weight)) = places else { return };

        let gradient = error * share;
        let more = *seen + gradient * gradient;
        *pull += gradient - (more.sqrt() - seen.sqrt()) / RATE * *weight;
        *seen = more;
        let over = pull.abs() - L1 * share;
        *weight = if over <= 0.0 { 0.0 } else { -pull.signum() * over / ((SLOW + more.sqrt()) / RATE + L2 * share) };
    }

    /// What is said of the passages of a sample.
    pub(crate) fn scores(&self, sample: &Sample) -> Scores {
        let of = |hidden: bool| {
            sample
                .passages
                .iter()
                .filter(move |passage| passage.hidden == hidden)
                .map(|passage| self.score(&passage.features))
        };
        let passages = of(false).count();
        let mean = of(false).sum::<f32>() / count(passages.max(1));
        Scores { highest: of(false).fold(-9.0, f32::max), hidden: of(true).fold(-9.0, f32::max), mean, passages }
    }

    /// The weights as signed bytes, and what one step is worth.
    pub(crate) fn bytes(&self) -> (f32, Vec<u8>) {
        let mut sizes: Vec<f32> = self.weights.iter().map(|weight| weight.abs()).filter(|size| *size > 0.0).collect();
        sizes.sort_by(f32::total_cmp);
        // The few largest weights are cut, so that the many others keep their digits.
        let largest = sizes.get(sizes.len() * 999 / 1000).copied().unwrap_or(1.0);
        let step = largest / 127.0;
        let byte = |weight: &f32| round(weight / step).to_le_bytes().first().copied().unwrap_or(0);
        (step, self.weights.iter().map(byte).collect())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte before")]
fn round(value: f32) -> i32 {
    value.round().clamp(-127.0, 127.0) as i32
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few thousand")]
pub(crate) fn count(number: usize) -> f32 {
    number as f32
}
