//! Learns how a kind of text is worded that labelled rows show, and writes the weights alone: whoever uses them
//! brings rules and a judgement of its own.
//!
//! The rows of `--data` are learnt from; those of `--held` are only measured, and the thresholds are set by the harmless ones
//! among them, so they have to be texts that the model has not seen.

use crate::linear::{Linear, count};
use crate::row::{self, Row};
use crate::sample::Sample;
use crate::{Options, train};
use portcullis_inspect::injection::model::EVIDENCE;
use std::collections::BTreeMap;

/// What share of the harmless texts that were held back may score above the thresholds.
const SHARES: [f32; 2] = [0.01, 0.002];

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for path in &options.data {
        rows.extend(row::read(path)?);
    }
    let weight = weights(&rows);
    let samples = train::look_at(rows, |row| {
        let weight = weight(&row);
        Sample::of(row, weight, 0)
    });
    println!("{} texts", samples.len());
    let linear = Linear::learn(&samples.iter().collect::<Vec<_>>());
    let mut held = Vec::new();
    for path in &options.held {
        held.extend(row::read(path)?);
    }
    let held = train::look_at(held, |row| Sample::of(row, 1.0, 0));
    // Rows of one source are the sentences of one page.
    let mut pages: BTreeMap<&str, (&Sample, f32)> = BTreeMap::new();
    for sample in &held {
        let score = linear.scores(sample).highest;
        let most = pages.entry(&sample.row.source).or_insert((sample, score));
        if score > most.1 {
            *most = (sample, score);
        }
    }
    let mut kinds: BTreeMap<(bool, &str), Vec<f32>> = BTreeMap::new();
    for (sample, score) in pages.values() {
        kinds.entry((sample.row.attack, &sample.row.kind)).or_default().push(*score);
    }
    let mut harmless: Vec<f32> =
        kinds.iter().filter(|((attack, _), _)| !attack).flat_map(|(_, scores)| scores).copied().collect();
    harmless.sort_by(|one, other| other.total_cmp(one));
    let thresholds = SHARES.map(|share| {
        let most = harmless.iter().enumerate().find(|(number, _)| count(*number) >= share * count(harmless.len()));
        most.map_or(0.0, |(_, score)| *score)
    });
    println!("thresholds {thresholds:?}");
    for ((attack, kind), scores) in &kinds {
        let above = thresholds.map(|threshold| scores.iter().filter(|score| **score > threshold).count());
        println!("{} {kind:30} {:5} {above:?}", if *attack { "harmful" } else { "honest " }, scores.len());
    }
    for (sample, score) in pages.values().filter(|(_, score)| *score > thresholds[0]) {
        println!("  {score:.2} {} {}", sample.row.source, sample.row.text);
    }
    options.out.as_deref().map_or(Ok(()), |path| train::write(path, &linear, &[0.0; EVIDENCE + 1], thresholds))
}

/// What a row counts for: given rows more than made ones, and less the more there are of one source.
fn weights(rows: &[Row]) -> impl Fn(&Row) -> f32 + use<> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        *sizes.entry(row.source.clone()).or_default() += 1;
    }
    move |row| {
        let many = count(sizes.get(&row.source).copied().unwrap_or(1));
        let made = if row.sort() == "made" { 0.5 } else { 1.0 };
        made * (4000.0 / many).sqrt().min(1.0)
    }
}
