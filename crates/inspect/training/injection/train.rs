//! Trains, measures, and writes the weights.

use crate::folds::{FOLDS, LeaveOut};
use crate::grammar::Grammar;
use crate::judge::{self, Judgement};
use crate::linear::Linear;
use crate::sample::Sample;
use crate::{Options, folder, folds, report, row};
use portcullis_inspect::injection::model::{FLOATS, FORM, evidence};
use std::path::Path;

/// What share of harmless texts may be alarms, at the tiers alert and block, with room to the goals. Clean files are the
/// most ordinary texts there are; the made ones look as much like attacks as harmless texts can.
const GIVEN: [f32; 2] = [0.045, 0.009];
const CLEAN_CODE: [f32; 2] = [0.02, 0.001];
const CLEAN_PROSE: [f32; 2] = [0.03, 0.004];
const MADE: [f32; 2] = [0.2, 0.035];

/// How many files of each folder of clean text are read.
const CLEAN: usize = 3000;

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut samples = samples(options)?;
    println!("{} texts, {} passages", samples.len(), samples.iter().map(|sample| sample.passages.len()).sum::<usize>());
    if options.leave_out == LeaveOut::Source {
        println!("whole sources are left out: these figures are for kinds of texts that the model never saw");
    }
    let linears = without_each_fold(&samples);
    for sample in &mut samples {
        if let Some(linear) = linears.get(sample.fold) {
            score(sample, linear);
        }
    }
    let others = |fold: usize| samples.iter().filter(move |sample| sample.fold != fold).collect::<Vec<_>>();
    let judgements: Vec<Judgement> = (0..FOLDS).map(|fold| judge::learn(&others(fold))).collect();
    for sample in &mut samples {
        let judgement = judgements.get(sample.fold).copied().unwrap_or([0.0; _]);
        sample.likelihood = judge::likelihood(&judgement, &sample.evidence);
    }
    let all: Vec<&Sample> = samples.iter().collect();
    let thresholds = thresholds(&samples);
    println!("area {:.4}, thresholds {thresholds:?}", report::area(&all));
    let given = |sample: &&Sample| sample.row.sort() == "given";
    report::by_kind("the given data, each part left out once", samples.iter().filter(given), thresholds);
    report::by_kind(
        "made and clean texts, each line and package left out once",
        samples.iter().filter(|sample| !given(sample)),
        thresholds,
    );
    report::curve(&samples.iter().filter(given).collect::<Vec<_>>());
    let judgement = judge::learn(&all);
    let linear = Linear::learn(&all);
    test(options, &linear, &judgement, thresholds)?;
    match &options.out {
        Some(path) => write(path, &linear, &judgement, thresholds),
        None => Ok(()),
    }
}

/// What is learnt when each fold is left out, in turn.
fn without_each_fold(samples: &[Sample]) -> Vec<Linear> {
    let learn = |fold: usize| {
        let others: Vec<&Sample> = samples.iter().filter(|sample| sample.fold != fold).collect();
        Linear::learn(&others)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..FOLDS).map(|fold| scope.spawn(move || learn(fold))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

/// Looks at rows, each thread at its share of them; in the same order.
pub(crate) fn look_at(rows: Vec<row::Row>, sample: impl Fn(row::Row) -> Sample + Sync) -> Vec<Sample> {
    let share = rows.len().div_ceil(FOLDS).max(1);
    let mut shares: Vec<Vec<row::Row>> = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        shares.push(rows.by_ref().take(share).collect());
    }
    let sample = &sample;
    std::thread::scope(|scope| {
        let threads: Vec<_> = shares
            .into_iter()
            .map(|rows| scope.spawn(move || rows.into_iter().map(sample).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}

/// The lowest thresholds at which no sort of harmless text gives more alarms than it may.
fn thresholds(samples: &[Sample]) -> [f32; 2] {
    let of = |sort: &'static str| samples.iter().filter(move |sample| sample.row.sort() == sort);
    let (prose, code): (Vec<&Sample>, Vec<&Sample>) = of("clean").partition(|sample| sample.row.is_prose());
    let sorts =
        [(of("given").collect(), GIVEN), (code, CLEAN_CODE), (prose, CLEAN_PROSE), (of("made").collect(), MADE)];
    [0, 1].map(|tier| {
        let each =
            sorts.iter().map(|(samples, shares)| judge::threshold(samples, shares.get(tier).copied().unwrap_or(0.0)));
        each.fold(0.0, f32::max)
    })
}

fn score(sample: &mut Sample, linear: &Linear) {
    sample.scores = linear.scores(sample);
    sample.evidence = evidence(&sample.row.text, sample.scores, &sample.signals);
}

/// Every text to learn from. What comes from one family or source weighs less the more there is of it.
fn samples(options: &Options) -> anyhow::Result<Vec<Sample>> {
    let mut rows = Grammar::read(&folder().join("train"))?.rows("train");
    for path in &options.data {
        rows.extend(row::read(path)?);
    }
    for path in &options.clean {
        rows.extend(row::clean(path, CLEAN)?);
    }
    let weight = |row: &row::Row| match row.sort() {
        // What writers wrote says more than what is put together.
        "made" if row.group.starts_with("writers") => 1.5,
        "made" => 0.5,
        "clean" => 0.6,
        _ => 20.0,
    };
    Ok(look_at(rows, |row| {
        let (weight, fold) = (weight(&row), folds::of(&row, options.leave_out));
        Sample::of(row, weight, fold)
    }))
}

/// What is found in texts that were never trained on: of other families, lists and carriers, and in the rows held back.
fn test(options: &Options, linear: &Linear, judgement: &Judgement, thresholds: [f32; 2]) -> anyhow::Result<()> {
    let rows = Grammar::read(&folder().join("test"))?.rows("test");
    let mut sets = vec![("made texts of other families and carriers, never trained on".to_owned(), rows)];
    for path in &options.held {
        sets.push((format!("{}, held back", path.display()), row::read(path)?));
    }
    for (title, rows) in sets {
        let mut samples = look_at(rows, |row| Sample::of(row, 1.0, 0));
        for sample in &mut samples {
            score(sample, linear);
            sample.likelihood = judge::likelihood(judgement, &sample.evidence);
        }
        report::by_kind(&title, samples.iter(), thresholds);
        let all: Vec<&Sample> = samples.iter().collect();
        report::curve(&all);
        println!("area {:.4}", report::area(&all));
    }
    Ok(())
}

pub(crate) fn write(
    path: &Path,
    linear: &Linear,
    judgement: &Judgement,
    [alert, block]: [f32; 2],
) -> anyhow::Result<()> {
    let (step, bytes) = linear.bytes();
    let floats: Vec<f32> = [step, linear.constant, alert, block].into_iter().chain(judgement.iter().copied()).collect();
    anyhow::ensure!(floats.len() == FLOATS, "{} floats instead of {FLOATS}", floats.len());
    let mut file = FORM.to_vec();
    file.extend(floats.iter().flat_map(|float| float.to_le_bytes()));
    file.extend(bytes);
    Ok(std::fs::write(path, file)?)
}
