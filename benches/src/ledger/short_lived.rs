//! A process that opens what is there, makes one record durable and exits, as a hook does before every tool call.

use super::Setting;
use super::ours;
use super::sqlite::{self, Indexes};
use crate::figures::{Spread, micros};
use crate::process::{self, Run};
use crate::report::{Cell, Report, Row, Table, progress};
use anyhow::{Context as _, ensure};
use std::path::Path;
use std::process::Command;

/// How often each is run per round.
const RUNS: u32 = 40;

pub(crate) fn run(setting: &mut Setting, report: &mut Report) -> anyhow::Result<()> {
    let folder = setting.fresh()?;
    let (ours, database) = (folder.path().join("ours"), folder.path().join("events.db"));
    drop(ours::open(&ours)?);
    sqlite::create(&database, Indexes::None)?;
    let kinds =
        [("portcullis", "ours", ours.as_path()), ("SQLite", "sqlite", &database), ("nothing", "nothing", &database)];
    let mut runs: [Vec<Run>; 3] = Default::default();
    progress(&format!("{} processes of each kind", RUNS * setting.plan.rounds));
    for _ in 0..RUNS * setting.plan.rounds {
        for ((_, store, path), runs) in kinds.iter().zip(&mut runs) {
            let run = one(store, path)?;
            ensure!(run.succeeded, "a process that appends one record failed: {store}");
            setting.others.ours(run.cpu);
            runs.push(run);
        }
    }
    let (us, _) = medians(runs.first().context("nothing ran")?);
    let row = |((name, _, _), runs): ((&str, &str, &Path), &Vec<Run>)| {
        let (cpu, wall) = medians(runs);
        Row {
            name: name.to_owned(),
            cells: vec![Cell::Number(cpu), Cell::Number(wall), Cell::Ratio { ratio: cpu / us }],
        }
    };
    report.table(Table {
        title: "a process that opens the store, appends one record and exits (medians)".to_owned(),
        columns: vec!["CPU µs", "wall µs", "its CPU is ours"],
        rows: kinds.into_iter().zip(&runs).map(row).collect(),
    })
}

fn one(store: &str, path: &Path) -> anyhow::Result<Run> {
    process::run(Command::new(std::env::current_exe()?).args(["child", "one", store]).arg(path))
}

fn medians(runs: &[Run]) -> (f64, f64) {
    let median = |of: fn(&Run) -> f64| Spread::of(runs.iter().map(of)).median;
    (median(|run| micros(run.cpu)), median(|run| micros(run.wall)))
}
