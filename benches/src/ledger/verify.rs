//! Checking a whole log, against the time that `sha256sum` takes for the same files: a check has to hash every byte, so
//! that is about the least that it can cost.

use super::Setting;
use super::records::Records;
use crate::figures::{Spread, number};
use crate::machine;
use crate::process::succeed;
use crate::report::{Bound, Cell, Report, Row, Table, progress};
use anyhow::ensure;
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::{Log, Options, Reader, verify};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many records are appended at once while the log is made.
const AT_ONCE: u64 = 1000;

struct Check {
    records: u64,
    bytes: u64,
    cpu: Duration,
    wall: Duration,
}

pub(crate) fn run(setting: &mut Setting, records: u64, report: &mut Report) -> anyhow::Result<()> {
    let folder = setting.fresh()?;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    make(&disk, folder.path(), &setting.records, records)?;
    let (mut ours, mut reads, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 1..=setting.plan.rounds {
        progress(&format!("round {turn}/{}: verify, read, sha256sum", setting.plan.rounds));
        let check = measure(machine::own_cpu, || whole(&disk, folder.path()))?;
        let read = measure(machine::own_cpu, || read_all(&disk, folder.path(), check.records))?;
        let sum = measure(machine::children_cpu, || sum(folder.path(), &check))?;
        for (all, one) in [(&mut ours, check), (&mut reads, read), (&mut sums, sum)] {
            setting.others.ours(one.cpu);
            all.push(one);
        }
    }
    let rows = [("portcullis verify", &ours), ("portcullis read", &reads), ("sha256sum", &sums)];
    report.table(Table {
        title: format!("a log of {records} records, from the page cache"),
        columns: vec!["events/CPU second", "MB/CPU second", "seconds", "its CPU is verify's"],
        rows: rows.map(|(name, checks)| row(name, checks, &ours)).to_vec(),
    })?;
    report.goal("events verified per second of one core", Bound::AtLeast(1e6), "/s", rate(&ours).median);
    Ok(())
}

fn make(disk: &Arc<dyn Disk>, root: &Path, records: &Records, count: u64) -> anyhow::Result<()> {
    progress(&format!("writing {count} records"));
    let log = Log::open(disk.clone(), root, Options { segment_size: 64 << 20, ..Options::default() })?;
    for first in (0..count).step_by(usize::try_from(AT_ONCE)?) {
        let next = (first..count.min(first + AT_ONCE)).map(|turn| records.get(turn));
        log.append_all(next.collect::<Result<_, _>>()?)?;
    }
    Ok(())
}

/// Runs `work`, which returns how many records and bytes it saw, and reads `clock` before and after.
fn measure(
    clock: fn() -> anyhow::Result<Duration>,
    work: impl FnOnce() -> anyhow::Result<(u64, u64)>,
) -> anyhow::Result<Check> {
    let (start, before) = (Instant::now(), clock()?);
    let (records, bytes) = work()?;
    Ok(Check { records, bytes, cpu: clock()?.saturating_sub(before), wall: start.elapsed() })
}

fn whole(disk: &Arc<dyn Disk>, root: &Path) -> anyhow::Result<(u64, u64)> {
    let checked = verify(disk, root, &[])?;
    ensure!(checked.problems.is_empty(), "the log that was just written is damaged: {:?}", checked.problems);
    Ok((checked.records, checked.bytes))
}

fn read_all(disk: &Arc<dyn Disk>, root: &Path, count: u64) -> anyhow::Result<(u64, u64)> {
    let reader = Reader::open(disk.clone(), root)?;
    let (mut next, mut bytes) = (0, 0);
    while next < count {
        let records = reader.read(next, 4096)?;
        ensure!(!records.is_empty(), "the log ends at {next}");
        next += records.len() as u64;
        bytes += records.iter().map(|record| record.bytes.len() as u64).sum::<u64>();
    }
    Ok((next, bytes))
}

fn sum(root: &Path, check: &Check) -> anyhow::Result<(u64, u64)> {
    let segments = portcullis_ledger::folder(root).join("segments");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(segments)? {
        files.push(entry?.path());
    }
    succeed(Command::new("sha256sum").args(files))?;
    Ok((check.records, check.bytes))
}

fn rate(checks: &[Check]) -> Spread {
    Spread::of(checks.iter().map(|check| number(check.records) / check.cpu.as_secs_f64()))
}

fn row(name: &str, checks: &[Check], ours: &[Check]) -> Row {
    let megabytes = |check: &Check| number(check.bytes) / 1e6 / check.cpu.as_secs_f64();
    let ratio = checks.iter().zip(ours).map(|(one, us)| one.cpu.as_secs_f64() / us.cpu.as_secs_f64());
    Row {
        name: name.to_owned(),
        cells: vec![
            Cell::Rounds(rate(checks)),
            Cell::Rounds(Spread::of(checks.iter().map(megabytes))),
            Cell::Rounds(Spread::of(checks.iter().map(|check| check.wall.as_secs_f64()))),
            Cell::Ratio { ratio: Spread::of(ratio).median },
        ],
    }
}
