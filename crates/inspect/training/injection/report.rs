//! Tables of what was found.

use crate::linear::count;
use crate::sample::Sample;
use portcullis_inspect::injection::{Tier, model};
use std::collections::BTreeMap;

/// Which share of the samples is at or above each threshold, by kind.
pub(crate) fn by_kind<'a>(title: &str, samples: impl Iterator<Item = &'a Sample>, thresholds: [f32; 2]) {
    let mut kinds: BTreeMap<(bool, String), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        let kind = sample.row.kind.split(':').next().unwrap_or_default().to_owned();
        let kind = if sample.row.kind.starts_with("hidden:") || sample.row.kind.starts_with("benign:") {
            sample.row.kind.clone()
        } else {
            kind
        };
        kinds.entry((sample.row.attack, kind)).or_default().push(sample);
    }
    println!("\n{title}");
    for attack in [false, true] {
        let all: Vec<&Sample> = kinds
            .iter()
            .filter(|((is, _), _)| *is == attack)
            .flat_map(|(_, samples)| samples.iter().copied())
            .collect();
        line(if attack { "ATTACKS" } else { "HARMLESS" }, &all, thresholds);
        for ((_, kind), samples) in kinds.iter().filter(|((is, _), _)| *is == attack) {
            line(kind, samples, thresholds);
        }
    }
}

fn line(name: &str, samples: &[&Sample], thresholds: [f32; 2]) {
    let share = |is: &dyn Fn(&Sample) -> bool| {
        count(samples.iter().filter(|sample| is(sample)).count()) / count(samples.len().max(1))
    };
    let rule = |sample: &Sample, tier: Tier| sample.signals.iter().any(|signal| signal.tier >= tier);
    let tier = |sample: &Sample| {
        let of = |hides: bool| {
            sample.signals.iter().filter(move |signal| signal.hides() == hides).map(|signal| signal.tier).max()
        };
        model::tier(sample.likelihood, of(false), thresholds).max(of(true))
    };
    let at_alert = share(&|sample| tier(sample) >= Some(Tier::Alert));
    let at_block = share(&|sample| tier(sample) >= Some(Tier::Block));
    let rules = share(&|sample| rule(sample, Tier::Alert));
    let model = share(&|sample| sample.scores.highest >= 0.0);
    println!(
        "{name:32} {:6}  alert {at_alert:.3}  block {at_block:.3}   rules alone {rules:.3}  model above 0 {model:.3}",
        samples.len()
    );
}

/// What share of the attacks is found, and at which score, if so much of the harmless texts may be taken for one.
pub(crate) fn curve(samples: &[&Sample]) {
    for (tier, shares) in [(Tier::Alert, [0.01, 0.025, 0.05]), (Tier::Block, [0.001, 0.005, 0.01])] {
        let rule = |sample: &Sample| sample.signals.iter().any(|signal| signal.hides() && signal.tier >= tier);
        let value = |sample: &&&Sample| if rule(sample) { 2.0 } else { sample.likelihood };
        let mut harmless: Vec<f32> =
            samples.iter().filter(|sample| !sample.row.attack).map(|sample| value(&sample)).collect();
        harmless.sort_by(|one, other| other.total_cmp(one));
        let attacks: Vec<f32> =
            samples.iter().filter(|sample| sample.row.attack).map(|sample| value(&sample)).collect();
        for share in shares {
            let allowed = harmless
                .iter()
                .enumerate()
                .take_while(|(place, _)| count(*place) < share * count(harmless.len()))
                .count();
            let least = harmless.get(allowed).copied().unwrap_or(1.0);
            let found = count(attacks.iter().filter(|value| **value > least).count()) / count(attacks.len().max(1));
            println!(
                "{tier:?}, hidden text and scores above {least:.3}: {found:.3} of the attacks, {share} of the harmless texts"
            );
        }
    }
}

/// The area below the curve of hits over false alarms.
pub(crate) fn area(samples: &[&Sample]) -> f32 {
    let mut all: Vec<(f32, bool)> = samples.iter().map(|sample| (sample.likelihood, sample.row.attack)).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut below, mut pairs, mut attacks) = (0usize, 0usize, 0usize);
    for (_, attack) in all {
        if attack {
            attacks += 1;
            pairs += below;
        } else {
            below += 1;
        }
    }
    count(pairs) / (count(attacks) * count(below)).max(1.0)
}
