//! Learns how to weigh all evidence: a second, small logistic regression.

use crate::linear::count;
use crate::sample::Sample;
use portcullis_inspect::injection::model::EVIDENCE;

/// How often all samples are seen, how fast, and how much it costs to have a weight.
const ROUNDS: usize = 400;
const RATE: f32 = 0.05;
const COST: f32 = 1e-3;

/// The weights of the evidence, and the constant at the end.
pub(crate) type Judgement = [f32; EVIDENCE + 1];

/// Learns from these samples, whose evidence must be there (Adam, all samples at once).
pub(crate) fn learn(samples: &[&Sample]) -> Judgement {
    let mut weights = [0.0; EVIDENCE + 1];
    let (mut mean, mut spread) = ([0.0f32; EVIDENCE + 1], [0.0f32; EVIDENCE + 1]);
    let total: f32 = samples.iter().map(|sample| sample.weight).sum();
    for round in 1..=ROUNDS {
        let mut gradient = [0.0; EVIDENCE + 1];
        for sample in samples {
            let error = (likelihood(&weights, &sample.evidence) - f32::from(u8::from(sample.row.attack)))
                * sample.weight
                / total;
            let evidence = sample.evidence.iter().chain(&[1.0]);
            gradient.iter_mut().zip(evidence).for_each(|(sum, one)| *sum += error * one);
        }
        let (fade, fade_spread) = (1.0 - 0.9f32.powf(count(round)), 1.0 - 0.999f32.powf(count(round)));
        for (place, weight) in weights.iter_mut().enumerate() {
            let (Some(slope), Some(mean), Some(spread)) =
                (gradient.get(place), mean.get_mut(place), spread.get_mut(place))
            else {
                continue;
            };
            let cost = if place < EVIDENCE { COST * *weight } else { 0.0 };
            *mean = 0.9 * *mean + 0.1 * (slope + cost);
            *spread = 0.999 * *spread + 0.001 * (slope + cost) * (slope + cost);
            *weight -= RATE * (*mean / fade) / ((*spread / fade_spread).sqrt() + 1e-8);
        }
    }
    weights
}

pub(crate) fn likelihood(weights: &Judgement, evidence: &[f32; EVIDENCE]) -> f32 {
    let sum: f32 = weights.iter().zip(evidence.iter().chain(&[1.0])).map(|(weight, one)| weight * one).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// The lowest threshold at which at most `share` of the harmless samples are above.
pub(crate) fn threshold(samples: &[&Sample], share: f32) -> f32 {
    let mut harmless: Vec<f32> =
        samples.iter().filter(|sample| !sample.row.attack).map(|sample| sample.likelihood).collect();
    harmless.sort_by(|one, other| other.total_cmp(one));
    let allowed =
        harmless.iter().enumerate().take_while(|(place, _)| count(*place) < share * count(harmless.len())).count();
    harmless.get(allowed).copied().unwrap_or(0.5).max(0.05) + 1e-4
}
