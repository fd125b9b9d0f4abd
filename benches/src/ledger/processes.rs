//! Several processes that append to one ledger at once, as hooks, a gateway and a sandbox do.

use super::Setting;
use super::child::Store;
use super::ours;
use super::postgres::Postgres;
use super::round::{COLUMNS, Contender, Round, interleave};
use super::sqlite::{self, Indexes};
use crate::machine;
use crate::report::{Report, Table};
use anyhow::{Context as _, ensure};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

const PROCESSES: u64 = 8;
const THREADS: u64 = 8;

/// How long before the start the processes are started.
const AHEAD: Duration = Duration::from_millis(300);

/// Processes of this program.
#[derive(Debug)]
struct Processes {
    store: Store,
    path: PathBuf,
}

impl Contender for Processes {
    fn name(&self) -> String {
        let name = match self.store {
            Store::Ours => "portcullis",
            Store::Sqlite => "SQLite, a connection per process",
            Store::Nothing => "nothing",
        };
        name.to_owned()
    }

    fn round(&mut self, time: Duration) -> anyhow::Result<Round> {
        let cpu_before = machine::children_cpu()?;
        let begin = (SystemTime::now() + AHEAD).duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let store = if self.store == Store::Ours { "ours" } else { "sqlite" };
        let start = |_| {
            Command::new(std::env::current_exe()?)
                .args(["child", "append", store])
                .arg(&self.path)
                .arg(format!("--threads={THREADS}"))
                .arg(format!("--milliseconds={}", time.as_millis()))
                .arg(format!("--begin={begin}"))
                .stdout(Stdio::piped())
                .spawn()
        };
        let children = (0..PROCESSES).map(start).collect::<std::io::Result<Vec<_>>>()?;
        let mut events = 0;
        for child in children {
            let output = child.wait_with_output()?;
            ensure!(output.status.success(), "a process that appends failed");
            events += String::from_utf8(output.stdout)?.trim().parse::<u64>()?;
        }
        Ok(Round { events, wall: time, cpu: machine::children_cpu()?.saturating_sub(cpu_before), waits: Vec::new() })
    }
}

pub(crate) fn run(setting: &mut Setting, report: &mut Report) -> anyhow::Result<()> {
    let folder = setting.fresh()?;
    let (ours, database) = (folder.path().join("ours"), folder.path().join("events.db"));
    drop(ours::open(&ours)?);
    sqlite::create(&database, Indexes::None)?;
    let mut contenders: Vec<Box<dyn Contender>> = vec![Box::new(Processes { store: Store::Ours, path: ours })];
    if !setting.alone {
        contenders.push(Box::new(Processes { store: Store::Sqlite, path: database }));
    }
    if let Some(server) = &setting.server {
        let clients = PROCESSES * THREADS;
        let postgres = Postgres::new(Rc::clone(server), folder.path(), &setting.records, clients, Indexes::None)?;
        contenders.push(Box::new(postgres));
    }
    let measured = interleave(&mut contenders, setting.plan, &mut setting.others)?;
    let us = measured.first().context("nobody took part")?;
    report.table(Table {
        title: format!("{PROCESSES} processes with {THREADS} threads each, one store (PostgreSQL: 64 clients)"),
        columns: COLUMNS.to_vec(),
        rows: measured.iter().map(|one| one.row(us)).collect(),
    })
}
