//! SQLite as a contender: write-ahead log, `synchronous=FULL`, one insert per transaction.

use super::records::Records;
use super::round::{Contender, Round, threads};
use anyhow::{Context as _, ensure};
use portcullis_event::{Record, Verdict};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How writers share the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Each has a connection and waits while the database is busy.
    ConnectionEach,
    /// All use one connection, one after another.
    OneConnection,
}

/// What is kept beside the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Indexes {
    None,
    /// Over time, actor, session, kind and verdict.
    Five,
}

/// The columns that can be indexed. PostgreSQL is given the same ones.
pub(crate) const INDEXED: [&str; 5] = ["time", "actor", "session", "kind", "verdict"];

const INSERT: &str = "INSERT INTO events (id, time, actor, agent, session, kind, verdict, record)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(crate) fn connect(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_mins(1))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    let synchronous: u32 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    ensure!(mode == "wal" && synchronous == 2, "SQLite does not do as it was told: {mode}, {synchronous}");
    Ok(connection)
}

pub(crate) fn create(path: &Path, indexes: Indexes) -> anyhow::Result<()> {
    let connection = connect(path)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, time INTEGER NOT NULL,
             actor TEXT, agent TEXT, session TEXT, kind TEXT NOT NULL, verdict TEXT NOT NULL, record BLOB NOT NULL)",
    )?;
    if indexes == Indexes::Five {
        for column in INDEXED {
            connection.execute_batch(&format!("CREATE INDEX IF NOT EXISTS by_{column} ON events ({column})"))?;
        }
    }
    Ok(())
}

pub(crate) fn insert(connection: &Connection, record: &Record) -> anyhow::Result<()> {
    let (actor, agent) = (&record.event.actor, record.event.actor.acting_agent());
    connection.prepare_cached(INSERT)?.execute(params![
        record.event.id.as_bytes(),
        record.event.time.as_micros(),
        actor.human.as_ref().map(portcullis_event::UserName::as_str),
        agent.map(|agent| agent.name.as_str()),
        actor.session().map(portcullis_event::SessionId::as_str),
        record.event.what.kind(),
        verdict(record.decision.verdict),
        record.encode()?,
    ])?;
    Ok(())
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::AllowWithChanges => "allow-with-changes",
        Verdict::Ask => "ask",
        Verdict::Deny => "deny",
    }
}

/// Threads that insert into one database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    records: Records,
    writers: u64,
    sharing: Sharing,
    indexes: Indexes,
}

impl Sqlite {
    pub(crate) fn new(
        path: PathBuf,
        records: &Records,
        writers: u64,
        sharing: Sharing,
        indexes: Indexes,
    ) -> anyhow::Result<Self> {
        create(&path, indexes)?;
        Ok(Self { path, records: records.clone(), writers, sharing, indexes })
    }

    fn each(&self, time: Duration) -> anyhow::Result<Round> {
        threads(self.writers, time, |_| {
            let connection = connect(&self.path)?;
            Ok(move |turn| insert(&connection, &self.records.get(turn)?))
        })
    }

    fn one(&self, time: Duration) -> anyhow::Result<Round> {
        let shared = Mutex::new(connect(&self.path)?);
        threads(self.writers, time, |_| {
            Ok(|turn| {
                let record = self.records.get(turn)?;
                insert(&shared.lock().unwrap_or_else(PoisonError::into_inner), &record)
            })
        })
    }
}

impl Contender for Sqlite {
    fn name(&self) -> String {
        let sharing = match (self.writers, self.sharing) {
            (1, _) => "",
            (_, Sharing::ConnectionEach) => ", a connection each",
            (_, Sharing::OneConnection) => ", one connection",
        };
        let indexes = match self.indexes {
            Indexes::None => "",
            Indexes::Five => ", 5 indexes",
        };
        format!("SQLite{sharing}{indexes}")
    }

    fn round(&mut self, time: Duration) -> anyhow::Result<Round> {
        match self.sharing {
            Sharing::ConnectionEach => self.each(time),
            Sharing::OneConnection => self.one(time),
        }
        .context("SQLite")
    }
}
