//! How well secrets are found: precision and recall on a labelled set that is made here, by us and by other scanners, and
//! what is found in source that holds none.
//!
//! The set is parted by source: `train` is what the model of generic credentials was trained with and what its misses
//! were looked at; `test` has other forms, from other documentation, and is only measured.

mod clean;
mod random;
mod scanner;
mod score;
mod set;
mod template;
mod values;

use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use scanner::Scanner;
use score::{Count, Finding, Tier, count, hits};
use set::Set;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tempfile::TempDir;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print each miss and each false alarm of ours in this part of the set
    #[arg(long, value_name = "PART", value_parser = set::PARTS)]
    misses: Option<String>,
    /// Print each finding in clean source
    #[arg(long)]
    noise: bool,
    /// Leave the other scanners out
    #[arg(long)]
    alone: bool,
    /// Write the training part as rows for the trainer, and measure nothing
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// How often each template is written then
    #[arg(long, default_value_t = 30, requires = "export")]
    copies: u64,
    /// A tree of source that holds no credentials; may be given several times
    #[arg(long, value_name = "DIR")]
    clean: Vec<PathBuf>,
    /// Where the other scanners are installed
    #[arg(long, hide = true)]
    peers: PathBuf,
}

/// The tiers of a report, with how they are called.
const TIERS: [(Tier, &str); 3] = [(Tier::High, "high"), (Tier::Medium, "medium and high"), (Tier::Low, "all")];

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("quality", format)?;
    if let Some(file) = &arguments.export {
        set::export("train", arguments.copies, file)?;
        return Ok(report);
    }
    let (folder, state) = (TempDir::new()?, TempDir::new()?);
    let set = set::write(folder.path())?;
    let scanners = scanner::all(&arguments.peers)?;
    for (number, scanner) in scanners.iter().enumerate() {
        let is_ours = number == 0;
        if !is_ours && (arguments.alone || !scanner.is_installed()) {
            if !arguments.alone {
                report.remark(format!("{} is not installed here", scanner.name));
            }
            continue;
        }
        progress(scanner.name);
        let found = scanner.scan(folder.path(), state.path())?;
        if is_ours {
            ours(&mut report, &set, &found, arguments)?;
        } else {
            theirs(&mut report, scanner.name, &set, &found)?;
        }
    }
    noise(&mut report, scanners.first(), arguments)?;
    Ok(report)
}

fn cells(count: Count) -> Vec<Cell> {
    let whole = |value| Cell::Number(crate::figures::number(value));
    let mut cells: Vec<Cell> = [count.precision(), count.recall(), count.f1()].map(Cell::Number).into();
    cells.extend([whole(count.all), whole(count.wrong)]);
    cells
}

const COLUMNS: [&str; 5] = ["precision", "recall", "F1", "credentials", "false alarms"];

fn ours(report: &mut Report, set: &Set, found: &[Finding], arguments: &Arguments) -> anyhow::Result<()> {
    for part in set::PARTS {
        let names: BTreeSet<&str> = set.values().filter(|it| it.part == part).map(|it| it.group.as_str()).collect();
        let mut rows: Vec<Row> = names
            .iter()
            .map(|name| {
                let count = count(set, found, Tier::Low, |it| it.part == part && it.group == *name);
                Row { name: format!("{name}, all tiers"), cells: cells(count) }
            })
            .collect();
        for (tier, called) in TIERS {
            let count = count(set, found, tier, |it| it.part == part);
            rows.push(Row { name: format!("total, {called}"), cells: cells(count) });
        }
        report.table(Table { title: format!("portcullis, {part}"), columns: COLUMNS.into(), rows })?;
    }
    let of = |tier| count(set, found, tier, |it| it.part == "test");
    report.goal("test, high confidence: precision", Bound::AtLeast(0.95), "", of(Tier::High).precision());
    report.goal("test, high confidence: recall", Bound::AtLeast(0.5), "", of(Tier::High).recall());
    report.goal("test, all tiers: F1", Bound::AtLeast(0.8), "", of(Tier::Low).f1());
    if let Some(part) = &arguments.misses {
        misses(report, set, found, part);
    }
    Ok(())
}

fn theirs(report: &mut Report, name: &str, set: &Set, found: &[Finding]) -> anyhow::Result<()> {
    let rows = set::PARTS
        .map(|part| Row { name: part.to_owned(), cells: cells(count(set, found, Tier::Low, |it| it.part == part)) });
    report.table(Table { title: name.to_owned(), columns: COLUMNS.into(), rows: rows.into() })
}

/// The values of the set are drawn, so they may be shown.
fn misses(report: &mut Report, set: &Set, found: &[Finding], part: &str) {
    for (path, file) in set.iter().filter(|(_, file)| file.part == part) {
        let here: Vec<&Finding> = found.iter().filter(|it| it.path == *path).collect();
        for truth in file.truths.iter().filter(|truth| !here.iter().any(|it| hits(it, truth))) {
            report.remark(format!("missed {path}:{} {}", truth.lines.0, truth.value));
        }
        for finding in here.iter().filter(|it| !file.truths.iter().any(|truth| hits(it, truth))) {
            let at = format!("{path}:{} {:?}", finding.line, finding.place);
            report.remark(format!("wrong {at} {} {:?}", finding.rule, finding.tier));
        }
    }
}

fn noise(report: &mut Report, scanner: Option<&Scanner>, arguments: &Arguments) -> anyhow::Result<()> {
    let Some(scanner) = scanner else { return Ok(()) };
    let mut rows = Vec::new();
    for tree in clean::trees(&arguments.clean)? {
        progress(&tree.name);
        let (row, places) = clean::row(scanner, &tree)?;
        rows.push(row);
        if arguments.noise {
            for place in places {
                report.remark(format!("{}: {place}", tree.name));
            }
        }
    }
    if rows.is_empty() {
        report.remark("no tree of clean source is here; name one with --clean DIR");
        return Ok(());
    }
    let columns = vec!["findings", "of them high", "told one by one", "findings per GB", "told per GB"];
    report.table(Table { title: "portcullis, clean source".to_owned(), columns, rows })
}
