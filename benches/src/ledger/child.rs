//! The roles that the benchmark plays when it starts itself as a process of its own.

use super::ours;
use super::records::Records;
use super::round::threads;
use super::sqlite;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

#[derive(Debug, clap::Args)]
pub(crate) struct Role {
    #[arg(value_enum)]
    task: Task,
    #[arg(value_enum)]
    store: Store,
    path: PathBuf,
    #[arg(long, default_value_t = 1)]
    threads: u64,
    #[arg(long, default_value_t = 0)]
    milliseconds: u64,
    /// When to begin, in milliseconds since 1970, so that all processes begin together
    #[arg(long, default_value_t = 0)]
    begin: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Task {
    /// Append for a while and print how many
    Append,
    /// Append one record
    One,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Store {
    Ours,
    Sqlite,
    /// Nothing: what starting a process costs
    Nothing,
}

pub(crate) fn run(role: &Role) -> anyhow::Result<()> {
    match role.task {
        Task::Append => append(role),
        Task::One => one(role.store, &role.path),
    }
}

fn append(role: &Role) -> anyhow::Result<()> {
    let records = Records::new()?;
    let time = Duration::from_millis(role.milliseconds);
    let count = match role.store {
        Store::Ours => {
            let log = ours::open(&role.path)?;
            wait_until(role.begin);
            let append = |turn| {
                log.append(records.get(turn)?)?;
                Ok(())
            };
            threads(role.threads, time, |_| Ok(append))?.events
        }
        Store::Sqlite => {
            let shared = Mutex::new(sqlite::connect(&role.path)?);
            wait_until(role.begin);
            let insert = |turn| {
                let record = records.get(turn)?;
                sqlite::insert(&shared.lock().unwrap_or_else(PoisonError::into_inner), &record)
            };
            threads(role.threads, time, |_| Ok(insert))?.events
        }
        Store::Nothing => 0,
    };
    Ok(writeln!(std::io::stdout(), "{count}")?)
}

fn wait_until(milliseconds: u64) {
    let begin = SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds);
    // If the moment has passed, there is nothing to wait for.
    std::thread::sleep(begin.duration_since(SystemTime::now()).unwrap_or_default());
}

fn one(store: Store, path: &Path) -> anyhow::Result<()> {
    match store {
        Store::Ours => {
            ours::open(path)?.append(super::records::one()?)?;
        }
        Store::Sqlite => sqlite::insert(&sqlite::connect(path)?, &super::records::one()?)?,
        Store::Nothing => {}
    }
    Ok(())
}
