//! Durable appends: how many a second, what each costs, how long each takes.

use super::Setting;
use super::ours::{Bare, Ours};
use super::postgres::Postgres;
use super::round::{COLUMNS, Contender, Measured, Plan, interleave};
use super::sqlite::{Indexes, Sharing, Sqlite};
use crate::report::{Bound, Report, Table};
use anyhow::Context as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// Where the goals are set, and where tables with indexes are compared as well.
const MOST_WRITERS: u64 = 128;

pub(crate) fn run(setting: &mut Setting, writers: &[u64], report: &mut Report) -> anyhow::Result<()> {
    for &writers in writers {
        let folder = setting.fresh()?;
        let mut contenders = contenders(setting, folder.path(), writers)?;
        let measured = interleave(&mut contenders, setting.plan, &mut setting.others)?;
        let us = measured.first().context("nobody took part")?;
        let plural = if writers == 1 { "" } else { "s" };
        report.table(table(format!("durable appends, {writers} writer{plural}"), &measured, us))?;
        if writers == MOST_WRITERS {
            goals(us, &measured, report);
        }
    }
    report.remark("our ledger keeps no table: its index is built from the log afterwards (`./bench index`)");
    Ok(())
}

fn table(title: String, measured: &[Measured], us: &Measured) -> Table {
    Table { title, columns: COLUMNS.to_vec(), rows: measured.iter().map(|one| one.row(us)).collect() }
}

fn contenders(setting: &Setting, folder: &Path, writers: u64) -> anyhow::Result<Vec<Box<dyn Contender>>> {
    let records = &setting.records;
    let sqlite = |sharing, indexes| -> anyhow::Result<Box<dyn Contender>> {
        let path = folder.join(format!("{sharing:?}-{indexes:?}.db"));
        Ok(Box::new(Sqlite::new(path, records, writers, sharing, indexes)?))
    };
    let mut all: Vec<Box<dyn Contender>> = vec![Box::new(Ours::new(&folder.join("ours"), records, writers)?)];
    if setting.alone {
        return Ok(all);
    }
    all.push(sqlite(Sharing::OneConnection, Indexes::None)?);
    if writers > 1 {
        all.push(sqlite(Sharing::ConnectionEach, Indexes::None)?);
    }
    let indexed = writers >= MOST_WRITERS;
    if indexed {
        all.push(sqlite(Sharing::OneConnection, Indexes::Five)?);
    }
    if let Some(server) = &setting.server {
        for indexes in [Indexes::None, Indexes::Five].into_iter().take(if indexed { 2 } else { 1 }) {
            all.push(Box::new(Postgres::new(Rc::clone(server), folder, records, writers, indexes)?));
        }
    }
    Ok(all)
}

/// The ratio over SQLite is the one over its better variant without indexes, which is the fastest that it has.
fn goals(us: &Measured, measured: &[Measured], report: &mut Report) {
    let plain = measured.iter().filter(|one| one.name.starts_with("SQLite") && !one.name.contains("index"));
    let smallest = plain.map(|one| us.rate_over(one).median).fold(f64::INFINITY, f64::min);
    if smallest.is_finite() {
        report.goal("rate at 128 writers over the better SQLite without indexes", Bound::AtLeast(15.0), "×", smallest);
    }
    report.goal("durable events a second at 128 writers", Bound::AtLeast(100_000.0), "/s", us.rate().median);
}

/// One writer against the bare disk, in many short rounds: a disk has moods.
pub(crate) fn latency(setting: &mut Setting, report: &mut Report) -> anyhow::Result<()> {
    let folder = setting.fresh()?;
    let length = setting.records.average_length()?;
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(Ours::new(&folder.path().join("ours"), &setting.records, 1)?),
        Box::new(Bare::new(&folder.path().join("bare"), length)?),
    ];
    let plan = Plan { rounds: setting.plan.rounds * 4, time: setting.plan.time.min(Duration::from_millis(500)) };
    let measured = interleave(&mut contenders, plan, &mut setting.others)?;
    let [us, bare] = measured.as_slice() else { return Ok(()) };
    report.table(table("one writer and the bare disk".to_owned(), &measured, us))?;
    report.goal("p50 of one writer over a bare write + fdatasync", Bound::AtMost(2.0), "×", us.wait_over(bare).median);
    Ok(())
}
