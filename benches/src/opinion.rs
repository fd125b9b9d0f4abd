//! Another model beside our own rules and model: what each finds of labelled rows, what both find together, what they alarm
//! about in files that are taken to be harmless, and how long a passage takes.

use crate::example;
use crate::report::{Cell, Report, Row, Table};
use anyhow::Context as _;
use portcullis_inspect::injection::{Bounds, Opinion, Settings, Tier, assess, opinion};
use portcullis_inspect::{Inspection, Kinds};
use portcullis_neural::Classifier;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The thresholds that are measured, in percent.
const THRESHOLDS: [u8; 8] = [50, 60, 70, 80, 90, 95, 98, 99];

/// From here on it alarms in files; what policy takes if nobody says another.
const ALERT: f32 = 0.9;

/// Of a folder at most so many files are looked at, spread over it.
const MOST_FILES: usize = 400;

/// A labelled text, as sets are written.
#[derive(Debug, Deserialize)]
struct Labelled {
    text: String,
    label: u8,
}

/// What was said of it.
struct Seen {
    attack: bool,
    ours: Option<Tier>,
    likelihood: f32,
}

/// How often the model was asked, and how long that took.
#[derive(Debug, Default)]
struct Clock {
    passages: AtomicU64,
    nanoseconds: AtomicU64,
}

pub(crate) fn measure(report: &mut Report, model: &Path, sets: &[PathBuf], clean: &[PathBuf]) -> anyhow::Result<()> {
    let start = Instant::now();
    let classifier = Classifier::open(model)?;
    let load = start.elapsed();
    let clock = Arc::new(Clock::default());
    let timed = Arc::clone(&clock);
    let ask = move |text: &str| {
        let start = Instant::now();
        let score = classifier.score(text).map_err(|error| error.to_string());
        timed.passages.fetch_add(1, Ordering::Relaxed);
        let spent = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        timed.nanoseconds.fetch_add(spent, Ordering::Relaxed);
        score
    };
    let asked = Opinion::new(ask, Bounds { alert: ALERT, block: None });
    let made = example::run("portcullis-inspect", "injection_training", &["rows".to_owned(), "test".to_owned()])?;
    set(report, "made", &made, &asked)?;
    for path in sets {
        set(report, &path.display().to_string(), &fs::read_to_string(path)?, &asked)?;
    }
    for folder in clean {
        files(report, folder, &asked)?;
    }
    let passages = clock.passages.load(Ordering::Relaxed);
    let spent = Duration::from_nanos(clock.nanoseconds.load(Ordering::Relaxed));
    let row = |name: &str, number: f64| Row { name: name.to_owned(), cells: vec![Cell::Number(number)] };
    let rows = vec![
        row("milliseconds to load", load.as_secs_f64() * 1e3),
        row("passages asked", number(passages)),
        row("milliseconds for a passage", spent.as_secs_f64() * 1e3 / number(passages.max(1))),
    ];
    report.table(Table { title: "the other model".to_owned(), columns: vec!["figure"], rows })
}

fn set(report: &mut Report, name: &str, lines: &str, asked: &Opinion) -> anyhow::Result<()> {
    let mut seen = Vec::new();
    for (number, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: Labelled = serde_json::from_str(line).with_context(|| format!("{name}:{}", number + 1))?;
        let mut likelihood = 0.0f32;
        for said in asked.of(&row.text) {
            likelihood = likelihood.max(said.likelihood.map_err(anyhow::Error::msg)?);
        }
        let ours = assess(&row.text, &Settings::default()).tier;
        seen.push(Seen { attack: row.label == 1, ours, likelihood });
    }
    let share = |attack: bool, is: &dyn Fn(&Seen) -> bool| {
        let all: Vec<&Seen> = seen.iter().filter(|one| one.attack == attack).collect();
        let those = all.iter().filter(|one| is(one)).count();
        Cell::Number(100.0 * number(those as u64) / number(all.len().max(1) as u64))
    };
    let row = |name: String, is: &dyn Fn(&Seen) -> bool| Row { name, cells: vec![share(true, is), share(false, is)] };
    let ours = |least: Tier| move |one: &Seen| one.ours >= Some(least);
    let mut rows =
        vec![row("ours, alert".to_owned(), &ours(Tier::Alert)), row("ours, block".to_owned(), &ours(Tier::Block))];
    for percent in THRESHOLDS {
        let objects = move |one: &Seen| one.likelihood >= f32::from(percent) / 100.0;
        rows.push(row(format!("the other from {percent} %"), &objects));
        rows.push(row(format!("  or ours, alert, from {percent} %"), &|one| objects(one) || ours(Tier::Alert)(one)));
        rows.push(row(format!("  and ours, alert, from {percent} %"), &|one| objects(one) && ours(Tier::Alert)(one)));
        let missed = |one: &Seen| objects(one) && one.ours < Some(Tier::Alert);
        rows.push(row(format!("  and not ours, from {percent} %"), &missed));
    }
    let columns = vec!["attacks found, %", "harmless, %"];
    report.table(Table { title: format!("{name} rows: {} texts", seen.len()), columns, rows })
}

/// What a scan of harmless files reports because of the other model.
fn files(report: &mut Report, folder: &Path, asked: &Opinion) -> anyhow::Result<()> {
    let kinds = Kinds { secrets: false, personal_data: false, injection: true };
    let inspection = Inspection::new(kinds).of_files().with_opinion(asked.clone());
    let mut paths = Vec::new();
    below(folder, &mut paths)?;
    paths.sort();
    let step = paths.len().div_ceil(MOST_FILES).max(1);
    let (mut looked, mut bytes, mut alarmed, mut ours) = (0u64, 0u64, 0u64, 0u64);
    for path in paths.iter().step_by(step) {
        let Ok(text) = fs::read(path) else { continue };
        let hits = inspection.look(&text, Some(&path.to_string_lossy())).hits;
        (looked, bytes) = (looked + 1, bytes + text.len() as u64);
        alarmed += u64::from(hits.iter().any(|hit| hit.rule.as_str() == opinion::RULE));
        ours += u64::from(hits.iter().any(|hit| hit.rule.as_str() != opinion::RULE));
    }
    let row = |name: &str, figure: f64| Row { name: name.to_owned(), cells: vec![Cell::Number(figure)] };
    let rows = vec![
        row("files", number(looked)),
        row("megabytes", number(bytes) / 1e6),
        row("files with an alarm of the other, from 90 %", number(alarmed)),
        row("files with an alarm of ours", number(ours)),
    ];
    report.table(Table { title: format!("harmless files below {}", folder.display()), columns: vec!["figure"], rows })
}

/// Every file below a folder.
fn below(folder: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            below(&entry.path(), paths)?;
        } else if entry.file_type()?.is_file() {
            paths.push(entry.path());
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts and bytes, printed with three digits")]
fn number(count: u64) -> f64 {
    count as f64
}
