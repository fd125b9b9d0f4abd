//! What the index knows of the log: which log it is, how far it was read, and what its last record was.

use super::error::{Damage, Inner};
use super::run::number;
use super::sql;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, ToSql, params};
use sha2::{Digest as _, Sha256};

/// How far the log was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Which log it is; `None` as long as nothing was read.
    pub(super) identity: Option<String>,
    /// How many records are indexed.
    pub(super) through: u64,
    /// SHA-256 of the last of them.
    pub(super) last_hash: Option<[u8; 32]>,
    /// The time of the last of them.
    pub(super) last_time: i64,
}

impl State {
    /// Reads it.
    pub(super) fn read(connection: &Connection) -> Result<Self, Inner> {
        let through: i64 = get(connection, "through")?.unwrap_or(0);
        Ok(Self {
            identity: get(connection, "identity")?,
            through: u64::try_from(through).map_err(|_| Damage("a negative number of records"))?,
            last_hash: get(connection, "last-hash")?,
            last_time: get(connection, "last-time")?.unwrap_or(0),
        })
    }

    /// Writes it, in the transaction that adds the records.
    pub(super) fn write(&self, connection: &Connection) -> Result<(), Inner> {
        set(connection, "through", number(self.through)?)?;
        set(connection, "last-time", self.last_time)?;
        if let Some(identity) = &self.identity {
            set(connection, "identity", identity)?;
        }
        if let Some(hash) = &self.last_hash {
            set(connection, "last-hash", hash.as_slice())?;
        }
        Ok(())
    }
}

/// The hash by which the last record is recognised.
pub(super) fn hash(record: &[u8]) -> [u8; 32] {
    Sha256::digest(record).into()
}

/// The key under which the terms of this index are hashed.
pub(super) fn term_key(connection: &Connection) -> Result<[u8; 64], Inner> {
    Ok(get(connection, "term-key")?.ok_or(Damage("the key of the terms is missing"))?)
}

/// Stores the key of a new index.
pub(super) fn set_term_key(connection: &Connection, key: &[u8; 64]) -> Result<(), Inner> {
    set(connection, "term-key", key.as_slice())
}

fn get<T: FromSql>(connection: &Connection, key: &str) -> Result<Option<T>, Inner> {
    Ok(connection.prepare_cached(sql::STATE)?.query_row([key], |row| row.get(0)).optional()?)
}

fn set(connection: &Connection, key: &str, value: impl ToSql) -> Result<(), Inner> {
    connection.prepare_cached(sql::SET_STATE)?.execute(params![key, value])?;
    Ok(())
}
