//! The ledger against SQLite, PostgreSQL and the bare disk.

mod appends;
pub(crate) mod child;
mod ours;
mod postgres;
mod processes;
mod records;
mod round;
mod short_lived;
mod sqlite;
mod verify;

use crate::machine::{self, Others};
use crate::report::{Format, Report};
use records::Records;
use round::Plan;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tempfile::TempDir;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; everything unless named
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// How often the contenders take turns
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Seconds that each round of each contender takes
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Records of the log that is verified
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// Numbers of writers to try
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 128])]
    writers: Vec<u64>,
    /// Leave SQLite and PostgreSQL out of the appends
    #[arg(long)]
    alone: bool,
    /// Where the files are put; all contenders use the same disk
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Durable appends from many threads
    Appends,
    /// One writer against the bare disk
    Latency,
    /// Eight processes with eight threads each
    Processes,
    /// Checking a whole log
    Verify,
    /// Processes that append one record and exit
    ShortLived,
}

/// What every part of the benchmark uses.
#[derive(Debug)]
struct Setting {
    folder: PathBuf,
    records: Records,
    plan: Plan,
    alone: bool,
    server: Option<Rc<postgres::Server>>,
    others: Others,
}

impl Setting {
    /// A new folder on the disk that all contenders use.
    fn fresh(&self) -> anyhow::Result<TempDir> {
        Ok(TempDir::new_in(&self.folder)?)
    }
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("ledger", format)?;
    let wanted = |part: Part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    let against_postgres = !arguments.alone && (wanted(Part::Appends) || wanted(Part::Processes));
    let mut setting = prepare(arguments, against_postgres, &mut report)?;
    if wanted(Part::Appends) {
        appends::run(&mut setting, &arguments.writers, &mut report)?;
    }
    if wanted(Part::Latency) {
        appends::latency(&mut setting, &mut report)?;
    }
    if wanted(Part::Processes) {
        processes::run(&mut setting, &mut report)?;
    }
    if wanted(Part::Verify) {
        verify::run(&mut setting, arguments.records, &mut report)?;
    }
    if wanted(Part::ShortLived) {
        short_lived::run(&mut setting, &mut report)?;
    }
    if let Some(warning) = machine::warning(setting.others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn prepare(arguments: &Arguments, against_postgres: bool, report: &mut Report) -> anyhow::Result<Setting> {
    std::fs::create_dir_all(&arguments.folder)?;
    let folder = arguments.folder.canonicalize()?;
    let records = Records::new()?;
    let plan = Plan { rounds: arguments.rounds.max(1), time: Duration::from_secs(arguments.seconds.max(1)) };
    let server = if against_postgres { start_server(&folder, report) } else { None };
    report.remark(format!("a record has {} bytes on average", records.average_length()?));
    Ok(Setting { folder, records, plan, alone: arguments.alone, server, others: Others::watch()? })
}

/// A machine without PostgreSQL can still compare us with the rest, and says that it did not compare all.
fn start_server(folder: &Path, report: &mut Report) -> Option<Rc<postgres::Server>> {
    let started = postgres::Server::start(folder).and_then(|server| Ok((server.version()?, server)));
    match started {
        Ok((version, server)) => {
            report.remark(format!("PostgreSQL {version}; SQLite {}", rusqlite::version()));
            Some(Rc::new(server))
        }
        Err(error) => {
            report.remark(format!("PostgreSQL was left out: {error:#}"));
            None
        }
    }
}
